//! Joins against plain loops over all rows.

mod interval;
mod trials;
mod window;
