//! What is said of a catalog or a database beside what is in it: a comment, and options.

use std::collections::BTreeMap;
use std::fmt;

use crate::declaration::{literal, written_options};

/// What is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) comment: Option<String>,
    pub(crate) options: BTreeMap<String, String>,
}

/// What becomes of it.
#[derive(Clone, Debug)]
pub(crate) enum Saying {
    Set(BTreeMap<String, String>),
    Reset(Vec<String>),
    Comment(String),
}

impl About {
    /// What is said then.
    pub(crate) fn with(mut self, saying: &Saying) -> Self {
        match saying {
            Saying::Set(options) => self.options.extend(options.clone()),
            Saying::Reset(keys) => keys.iter().for_each(|key| drop(self.options.remove(key))),
            Saying::Comment(comment) => self.comment = Some(comment.clone()),
        }
        self
    }
}

/// What stands behind the name in `CREATE CATALOG` and `CREATE DATABASE`.
impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(comment) = &self.comment {
            write!(f, "\nCOMMENT {}", literal(comment))?;
        }
        f.write_str(&written_options(&self.options))
    }
}
