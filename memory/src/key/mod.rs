//! Keys: their one hash, their groups, and rows of them that compare as bytes.

mod group;
mod hash;
mod kept;
mod lanes;
mod row;
mod word;

pub use group::KeyGroups;
pub use hash::{can_be_key, hash_key};
pub use kept::KeptKey;
pub use row::{KeyCodec, KeyRows};

#[cfg(test)]
mod tests;
