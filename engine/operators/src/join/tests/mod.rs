//! Joins against plain loops over all rows.

mod changing;
mod hash;
mod interval;
mod trials;
mod window;
