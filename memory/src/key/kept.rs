//! One encoded key, kept by itself: a short one in place, so that nobody follows a pointer to compare it.

use std::cmp::Ordering;
use std::fmt;

/// As many bytes as a pointer, a length and what tells both forms apart leave room for: two numbers of eight bytes, or a
/// decimal, as [`KeyCodec`](super::KeyCodec) encodes them.
const SHORT: usize = 22;

/// The bytes of a key. They compare as the key does.
#[derive(Clone)]
pub struct KeptKey(Form);

#[derive(Clone)]
enum Form {
    Short { length: u8, bytes: [u8; SHORT] },
    Long(Box<[u8]>),
}

impl KeptKey {
    /// These bytes.
    #[inline]
    pub fn of(key: &[u8]) -> Self {
        match u8::try_from(key.len()) {
            Ok(length) if key.len() <= SHORT => {
                let mut bytes = [0; SHORT];
                bytes[..key.len()].copy_from_slice(key);
                Self(Form::Short { length, bytes })
            }
            _ => Self(Form::Long(key.into())),
        }
    }

    /// What it was made of.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        match &self.0 {
            Form::Short { length, bytes } => &bytes[..usize::from(*length)],
            Form::Long(bytes) => bytes,
        }
    }

    /// How much memory it takes beside itself.
    #[inline]
    pub fn bytes_beside(&self) -> usize {
        match &self.0 {
            Form::Short { .. } => 0,
            Form::Long(bytes) => bytes.len(),
        }
    }
}

impl Default for KeptKey {
    /// No bytes.
    fn default() -> Self {
        Self::of(&[])
    }
}

impl PartialEq for KeptKey {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for KeptKey {}

impl PartialOrd for KeptKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for KeptKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes().cmp(other.bytes())
    }
}

impl fmt::Debug for KeptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeptKey").field(&self.bytes()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_what_it_was_made_of_and_sorts_as_its_bytes_do() {
        let mut keys: Vec<Vec<u8>> = (0..60).map(|length| vec![7; length]).collect();
        keys.extend((0..60_u8).map(|byte| vec![byte; 30]));
        keys.extend((0..60_u8).map(|byte| vec![byte; 18]));
        for one in &keys {
            let kept = KeptKey::of(one);
            assert_eq!((kept.bytes(), kept.bytes_beside() > 0), (&one[..], one.len() > SHORT));
            for other in &keys {
                assert_eq!(kept.cmp(&KeptKey::of(other)), one.cmp(other));
                assert_eq!(kept == KeptKey::of(other), one == other);
            }
        }
    }

    #[test]
    fn a_short_key_takes_no_more_than_three_words() {
        assert_eq!((size_of::<KeptKey>(), size_of::<Option<KeptKey>>()), (24, 24));
    }
}
