//! One option: its name, its meaning, what it accepts and what holds without it.
//!
//! A [`Key`] knows the type, which is what code wants that reads a setting. An [`Entry`] is the same option
//! with the type forgotten, which is what code wants that walks through all of them. Only the catalogue makes
//! keys.

use crate::{Otherwise, Refusal, Value};

/// An option whose values are of type `T`.
pub struct Key<T: Value> {
    pub(crate) name: &'static str,
    pub(crate) meaning: &'static str,
    pub(crate) whose: Whose,
    pub(crate) bounds: T::Bounds,
    pub(crate) default: T,
}

/// Who gave an option its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Flink has an option of this name and meaning.
    Flink,
    /// Flink has no such option.
    Ours,
}

impl<T: Value> Key<T> {
    /// The name under which it is set.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// An option of any type.
pub trait Entry: Sync {
    /// The name under which it is set.
    fn name(&self) -> &'static str;
    /// What it does, in sentences.
    fn meaning(&self) -> &'static str;
    /// Who named it.
    fn whose(&self) -> Whose;
    /// The kind of its value, in a word.
    fn kind(&self) -> &'static str;
    /// What it accepts, in words.
    fn accepted(&self) -> String;
    /// What it accepts, with an example unless the words already name every value.
    fn advice(&self) -> String;
    /// What holds when nobody sets it.
    fn otherwise(&self) -> Otherwise;
    /// Whether this text can be its value.
    fn check(&self, text: &str) -> Result<(), Refusal>;
}

impl<T: Value> Entry for Key<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn meaning(&self) -> &'static str {
        self.meaning
    }

    fn whose(&self) -> Whose {
        self.whose
    }

    fn kind(&self) -> &'static str {
        T::KIND
    }

    fn accepted(&self) -> String {
        T::accepted(&self.bounds)
    }

    fn advice(&self) -> String {
        let accepted = self.accepted();
        match self.otherwise() {
            Otherwise::Is(example) if !T::LISTS_ALL => format!("{accepted}, such as {example}"),
            _ => accepted,
        }
    }

    fn otherwise(&self) -> Otherwise {
        self.default.otherwise(&self.bounds)
    }

    fn check(&self, text: &str) -> Result<(), Refusal> {
        T::read(text, &self.bounds).map(drop)
    }
}
