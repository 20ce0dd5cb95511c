//! Functions over the rows around a row, against a model that looks at all rows of a partition for each of them.

mod batch;
mod changing;
mod distance;
mod functions;
mod model;
mod random;
mod time;
mod trials;
