//! Joins against plain loops over all rows.

mod changing;
mod hash;
mod interval;
mod retention;
mod temporal;
mod trials;
mod window;
