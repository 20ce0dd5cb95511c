//! Functions that wait, on a real plane: alone at a stand, and as a job of a worker.

mod job;
mod order;
mod stand;
