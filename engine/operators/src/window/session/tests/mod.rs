//! Sessions against a model that looks at the distances between all rows of a key.

mod cases;
mod model;
mod trials;
