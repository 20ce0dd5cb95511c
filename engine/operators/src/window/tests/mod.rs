//! Windows against plain loops over all rows.

mod drawn;
mod golden;
pub(crate) mod model;
mod outcome;
mod own;
mod random;
pub(crate) mod trial;
mod trials;
mod world;
