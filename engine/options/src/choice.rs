//! An option that is one word out of a few.
//!
//! The words are the variants of an enum, so that whoever reads the option must answer for each of them.

/// Makes an enum a [`crate::Value`]; each variant with the word that users write.
macro_rules! choice {
    (
        $(#[$about:meta])*
        $visibility:vis enum $name:ident { $($(#[$meaning:meta])* $variant:ident = $word:literal,)+ }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visibility enum $name { $($(#[$meaning])* $variant,)+ }

        impl $name {
            /// The word that users write.
            $visibility const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl $crate::Value for $name {
            const KIND: &'static str = "choice";
            const LISTS_ALL: bool = true;
            type Bounds = ();

            fn read(text: &str, _bounds: &()) -> Result<Self, $crate::Refusal> {
                match text.trim().to_lowercase().as_str() {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::Refusal::NotListed),
                }
            }

            fn accepted(_bounds: &()) -> String {
                $crate::choice::one_of(&[$($word),+])
            }

            fn otherwise(&self, _bounds: &()) -> $crate::Otherwise {
                $crate::Otherwise::Is(self.word().into())
            }
        }
    };
}

/// `a, b or c`.
pub(crate) fn one_of(words: &[&str]) -> String {
    match words {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        words => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::one_of;
    use crate::{Otherwise, Refusal, Value};

    choice! {
        /// A fruit.
        pub(super) enum Fruit {
            /// Red or green.
            Apple = "apple",
            /// Yellow.
            Quince = "quince",
        }
    }

    #[test]
    fn a_word_is_read_in_any_case_and_no_other_word() {
        assert_eq!(Fruit::read(" Apple ", &()), Ok(Fruit::Apple));
        assert_eq!(Fruit::read("quince", &()), Ok(Fruit::Quince));
        assert_eq!(Fruit::read("plum", &()), Err(Refusal::NotListed));
        assert_eq!(Fruit::Quince.otherwise(&()), Otherwise::Is("quince".into()));
    }

    #[test]
    fn words_are_listed_as_people_list_them() {
        for (words, text) in [(&["a"][..], "a"), (&["a", "b"], "a or b"), (&["a", "b", "c"], "a, b or c")] {
            assert_eq!(one_of(words), text);
        }
    }
}
