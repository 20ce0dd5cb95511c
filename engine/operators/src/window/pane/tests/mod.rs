//! Windows of panes against a model that keeps every row in each of its windows.

mod cases;
mod contenders;
mod flink;
mod large;
mod leftovers;
mod local;
mod model;
mod trials;
