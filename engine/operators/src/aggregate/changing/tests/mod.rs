//! Aggregates that change, against models that look at all rows that are there.

mod cases;
mod changes;
mod disorder;
mod idle;
mod parts;
mod table;
mod trials;
mod windows;
