//! Every option there is, by group.
//!
//! An option is declared once, with `group!`, in the file of its group; the macro makes the key and lists
//! it, so nothing can be declared and forgotten. Only options that the engine reads are here: an option that
//! does nothing is refused like any other unknown name.

use crate::{Entry, Key};

/// Options that belong together.
pub struct Group {
    /// The heading in the reference.
    pub title: &'static str,
    /// What the options of this group are about, in a sentence.
    pub about: &'static str,
    /// The options, in reading order.
    pub entries: &'static [&'static dyn Entry],
}

/// Declares a group and its options; their doc comments are their meaning, in rustdoc and in the reference.
macro_rules! group {
    (
        $(#[doc = $about:literal])+
        $title:literal

        $(
            $(#[doc = $meaning:literal])+
            $key:ident: $type:ty = $name:literal { $($field:ident: $value:expr),+ $(,)? }
        )+
    ) => {
        pub(super) static GROUP: Group = Group {
            title: $title,
            about: concat!($($about),+).trim_ascii(),
            entries: &[$(&$key),+],
        };
        $(
            $(#[doc = $meaning])+
            pub static $key: Key<$type> =
                Key { name: $name, meaning: concat!($($meaning),+).trim_ascii(), $($field: $value),+ };
        )+
    };
}

mod exchange;
mod execution;
mod memory;
mod metrics;
mod spill;

mod parallelism;
mod runtime;
mod table;

pub use exchange::*;
pub use execution::*;
pub use memory::*;
pub use metrics::*;
pub use parallelism::*;
pub use runtime::*;
pub use spill::*;
pub use table::*;

/// The groups, in reading order. One that is left out is dead code, and the compiler says so.
pub static GROUPS: &[&Group] = &[
    &memory::GROUP,
    &spill::GROUP,
    &exchange::GROUP,
    &runtime::GROUP,
    &execution::GROUP,
    &parallelism::GROUP,
    &table::GROUP,
    &metrics::GROUP,
];

/// Every option, group after group.
pub fn all() -> impl Iterator<Item = &'static dyn Entry> {
    GROUPS.iter().flat_map(|group| group.entries.iter().copied())
}

/// The option of this name.
pub(crate) fn find(name: &str) -> Option<&'static dyn Entry> {
    all().find(|entry| entry.name() == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::Otherwise;

    #[test]
    fn no_name_is_declared_twice() {
        let names: BTreeSet<_> = all().map(Entry::name).collect();
        assert_eq!(names.len(), all().count());
    }

    #[test]
    fn every_default_is_a_value_that_its_option_accepts() {
        for entry in all() {
            if let Otherwise::Is(text) = entry.otherwise() {
                assert_eq!(entry.check(&text), Ok(()), "{} = {text}", entry.name());
            }
        }
    }

    #[test]
    fn every_example_is_a_value_that_its_option_accepts() {
        for entry in all() {
            if let Some((_, example)) = entry.advice().split_once("such as ") {
                assert_eq!(entry.check(example), Ok(()), "{} = {example}", entry.name());
            }
        }
    }

    #[test]
    fn every_meaning_is_whole_sentences() {
        for text in all().map(Entry::meaning).chain(GROUPS.iter().map(|group| group.about)) {
            assert!(text.starts_with(|first: char| first.is_uppercase()), "{text}");
            assert!(text.ends_with('.'), "{text}");
        }
    }
}
