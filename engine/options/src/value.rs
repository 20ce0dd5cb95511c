//! What a text can mean: the contract of a kind of value, and the kinds too small for a file of their own.
//!
//! A kind reads a text within the bounds of a key, says in words what it accepts, and says what holds when
//! nobody set anything. It never sees a key's name and never prints: [`crate::Error`] puts the line together.

use std::{num::IntErrorKind, ops::RangeInclusive, path::PathBuf};

use crate::Refusal;

/// A kind of value that an option can have.
pub trait Value: Clone + Send + Sync + 'static {
    /// The type, as the reference names it.
    const KIND: &'static str;
    /// Whether [`Value::accepted`] already names every value, so that an example would teach nothing.
    const LISTS_ALL: bool = false;
    /// How a key narrows this kind.
    type Bounds: Send + Sync;

    /// Reads a text that a user wrote.
    fn read(text: &str, bounds: &Self::Bounds) -> Result<Self, Refusal>;
    /// What `read` takes, in words that follow "accepted: ".
    fn accepted(bounds: &Self::Bounds) -> String;
    /// This value, seen as what holds when nobody sets one.
    fn otherwise(&self, bounds: &Self::Bounds) -> Otherwise;
}

/// What holds when nobody sets an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// This value, written so that it can be read back.
    Is(String),
    /// No value; this is what the reader of the option does then.
    Unset(&'static str),
}

/// The bounds of an option that has no default.
#[derive(Clone, Copy, Debug)]
pub struct Optional<B> {
    /// What a value must be, if there is one.
    pub bounds: B,
    /// What happens without one.
    pub unset: &'static str,
    /// A value to show, as no default can be.
    pub such_as: &'static str,
}

impl<V: Value> Value for Option<V> {
    const KIND: &'static str = V::KIND;
    type Bounds = Optional<V::Bounds>;

    fn read(text: &str, bounds: &Self::Bounds) -> Result<Self, Refusal> {
        V::read(text, &bounds.bounds).map(Some)
    }

    fn accepted(bounds: &Self::Bounds) -> String {
        format!("{}, such as {}", V::accepted(&bounds.bounds), bounds.such_as)
    }

    fn otherwise(&self, bounds: &Self::Bounds) -> Otherwise {
        match self {
            Some(value) => value.otherwise(&bounds.bounds),
            None => Otherwise::Unset(bounds.unset),
        }
    }
}

impl Value for u32 {
    const KIND: &'static str = "integer";
    type Bounds = RangeInclusive<u32>;

    fn read(text: &str, bounds: &RangeInclusive<u32>) -> Result<u32, Refusal> {
        match text.trim().parse::<u32>() {
            Ok(number) if number < *bounds.start() => Err(Refusal::TooSmall),
            Ok(number) if number > *bounds.end() => Err(Refusal::TooLarge),
            Ok(number) => Ok(number),
            Err(error) if *error.kind() == IntErrorKind::PosOverflow => Err(Refusal::TooLarge),
            Err(_) => Err(Refusal::NotWhole),
        }
    }

    fn accepted(bounds: &RangeInclusive<u32>) -> String {
        format!("a whole number from {} to {}", bounds.start(), bounds.end())
    }

    fn otherwise(&self, _bounds: &RangeInclusive<u32>) -> Otherwise {
        Otherwise::Is(self.to_string())
    }
}

impl Value for bool {
    const KIND: &'static str = "boolean";
    const LISTS_ALL: bool = true;
    type Bounds = ();

    fn read(text: &str, _bounds: &()) -> Result<bool, Refusal> {
        text.trim().to_lowercase().parse().map_err(|_| Refusal::NotListed)
    }

    fn accepted(_bounds: &()) -> String {
        "true or false".into()
    }

    fn otherwise(&self, _bounds: &()) -> Otherwise {
        Otherwise::Is(self.to_string())
    }
}

impl Value for String {
    const KIND: &'static str = "text";
    type Bounds = ();

    fn read(text: &str, _bounds: &()) -> Result<String, Refusal> {
        match text.trim() {
            "" => Err(Refusal::Empty),
            text => Ok(text.to_owned()),
        }
    }

    fn accepted(_bounds: &()) -> String {
        "a text".into()
    }

    fn otherwise(&self, _bounds: &()) -> Otherwise {
        Otherwise::Is(self.clone())
    }
}

impl Value for Vec<PathBuf> {
    const KIND: &'static str = "paths";
    type Bounds = ();

    /// Flink splits at commas and at the path separator of the system.
    fn read(text: &str, _bounds: &()) -> Result<Vec<PathBuf>, Refusal> {
        text.split([',', ':']).map(|path| String::read(path, &()).map(PathBuf::from)).collect()
    }

    fn accepted(_bounds: &()) -> String {
        "paths with `,` or `:` between them".into()
    }

    fn otherwise(&self, _bounds: &()) -> Otherwise {
        Otherwise::Is(self.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_stay_within_their_bounds() {
        for (text, expect) in [
            ("1", Ok(1)),
            (" 32768 ", Ok(32_768)),
            ("0", Err(Refusal::TooSmall)),
            ("32769", Err(Refusal::TooLarge)),
            ("4294967296", Err(Refusal::TooLarge)),
            ("-1", Err(Refusal::NotWhole)),
            ("1.0", Err(Refusal::NotWhole)),
            ("", Err(Refusal::NotWhole)),
        ] {
            assert_eq!(u32::read(text, &(1..=32_768)), expect, "{text:?}");
        }
    }

    #[test]
    fn booleans_are_two_words_in_any_case() {
        for (text, expect) in [
            ("true", Ok(true)),
            (" FALSE ", Ok(false)),
            ("yes", Err(Refusal::NotListed)),
            ("1", Err(Refusal::NotListed)),
        ] {
            assert_eq!(bool::read(text, &()), expect, "{text:?}");
        }
    }

    #[test]
    fn paths_are_split_as_flink_splits_them() {
        let read = |text| Vec::<PathBuf>::read(text, &());
        assert_eq!(read("/a"), Ok(vec!["/a".into()]));
        assert_eq!(read("/a, /b:/c d"), Ok(vec!["/a".into(), "/b".into(), "/c d".into()]));
        assert_eq!(read("/a,,/b"), Err(Refusal::Empty));
        assert_eq!(read(""), Err(Refusal::Empty));
    }

    #[test]
    fn paths_that_are_written_read_back() {
        let paths = vec![PathBuf::from("/a"), PathBuf::from("/b c")];
        assert_eq!(paths.otherwise(&()), Otherwise::Is("/a,/b c".into()));
        assert_eq!(Vec::<PathBuf>::read("/a,/b c", &()), Ok(paths));
    }

    #[test]
    fn text_is_anything_but_nothing() {
        assert_eq!(String::read(" a b ", &()), Ok("a b".into()));
        assert_eq!(String::read(" ", &()), Err(Refusal::Empty));
    }

    #[test]
    fn an_optional_value_is_read_like_its_kind_and_explains_its_absence() {
        let bounds = Optional { bounds: 1..=9, unset: "all of them", such_as: "4" };
        assert_eq!(Option::<u32>::read("4", &bounds), Ok(Some(4)));
        assert_eq!(Option::<u32>::read("", &bounds), Err(Refusal::NotWhole));
        assert_eq!(Option::<u32>::accepted(&bounds), "a whole number from 1 to 9, such as 4");
        assert_eq!(None::<u32>.otherwise(&bounds), Otherwise::Unset("all of them"));
        assert_eq!(Some(5).otherwise(&bounds), Otherwise::Is("5".into()));
    }
}
