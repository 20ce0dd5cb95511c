//! Windows against plain loops over all rows.

mod drawn;
mod golden;
pub(crate) mod model;
mod outcome;
mod own;
mod random;
mod rows;
pub(crate) mod trial;
mod trials;
mod world;
