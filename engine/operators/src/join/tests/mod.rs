//! Joins against plain loops over all rows.

mod hash;
mod interval;
mod trials;
mod window;
