//! The corpora by their hashes, and that it does not matter who makes which part of them, nor what else is asked for.

mod corpus;
mod parts;
mod text;
