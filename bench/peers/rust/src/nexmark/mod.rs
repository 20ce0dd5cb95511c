//! The events of an online auction as NXG-1 has them: a function of their numbers.
//!
//! As in the engine's own source a column costs nothing that nobody asks for; the hash of a corpus, in `tests.rs`, is the proof that
//! the events are the same ones.

mod auction;
mod bid;
mod draws;
mod epoch;
mod person;
mod tables;
mod words;

pub use auction::Auction;
pub use bid::Bid;
pub use epoch::{Corpus, Epoch};
pub use person::Person;
pub use words::{all_texts, channel_number, directories, time_of_day};

#[cfg(test)]
mod tests;
