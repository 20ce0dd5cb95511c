//! A text of a row: two words that point into a table, never a copy.

use peer::Field;
use serde::{Deserialize, Deserializer, Serialize};

/// A text that is there until the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub(crate) struct Text(pub(crate) &'static str);

/// Only between processes, of which there is one: workers of one process hand each other rows as they are.
impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Self(Box::leak(text.into_boxed_str())))
    }
}

impl Field for Text {
    fn write(&self, text: &mut Vec<u8>) {
        self.0.write(text);
    }

    #[inline]
    fn hash(&self) -> u64 {
        self.0.hash()
    }
}
