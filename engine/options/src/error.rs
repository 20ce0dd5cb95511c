//! What is wrong with a setting, in one line that a user can act on.
//!
//! Each line names the option, its value, where it was set and what would be accepted. All of it is trouble
//! that only the user can mend: trying again never helps. Texts are boxed slices, to keep a `Result` with an
//! error in it small.

use crate::{Origin, catalogue};

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No option has this name.
    #[error("{name} = {value} ({origin}): no such option{}", did_you_mean(.nearest))]
    Unknown {
        /// The name that nothing has.
        name: Box<str>,
        /// What it was set to.
        value: Box<str>,
        /// Where it was set.
        origin: Origin,
        /// The option that was probably meant.
        nearest: Option<&'static str>,
    },
    /// The option does not take this value.
    #[error("{name} = {value} ({origin}): {why}; accepted: {accepted}")]
    Refused {
        /// The option.
        name: &'static str,
        /// What it was set to.
        value: Box<str>,
        /// Where it was set.
        origin: Origin,
        /// What is wrong with the value.
        why: Refusal,
        /// What is right, in words.
        accepted: Box<str>,
    },
    /// The value is fine by itself, but not together with others or with this machine.
    #[error("{name} = {value}: {why}; accepted: {accepted}")]
    Unmet {
        /// The option.
        name: &'static str,
        /// Its value and origin.
        value: Box<str>,
        /// What cannot be met.
        why: Box<str>,
        /// What could be.
        accepted: Box<str>,
    },
    /// An argument that is not a setting.
    #[error("{argument} (command line): not a setting; accepted: name=value")]
    NotASetting {
        /// The argument.
        argument: Box<str>,
    },
    /// A configuration file that is not in the form we read.
    #[error("{file}:{line}: {why}")]
    Malformed {
        /// The file, as the user calls it.
        file: Box<str>,
        /// The line, counted from one.
        line: usize,
        /// What stands there, and what should.
        why: Box<str>,
    },
}

/// Why an option does not take a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Nothing was written.
    #[error("empty")]
    Empty,
    /// An amount that does not start with one.
    #[error("does not start with a whole number")]
    NoAmount,
    /// An amount that is not whole.
    #[error("a fraction (write a whole number of a smaller unit)")]
    Fraction,
    /// An amount in a unit we do not know.
    #[error("no unit is called {unit:?} (units are {known})")]
    UnknownUnit {
        /// The unit as read.
        unit: Box<str>,
        /// The units that exist.
        known: Box<str>,
    },
    /// Not a number.
    #[error("not a number")]
    NotANumber,
    /// Not a number, or not a whole one, or below zero.
    #[error("not a whole number")]
    NotWhole,
    /// Less than the option takes.
    #[error("too small")]
    TooSmall,
    /// More than the option takes, or than can be held.
    #[error("too large")]
    TooLarge,
    /// A size between two powers of two.
    #[error("not a power of two")]
    NotAPowerOfTwo,
    /// Not one of the words that the option takes.
    #[error("not one of the choices")]
    NotListed,
    /// Not a time zone.
    #[error("no such time zone{}", did_you_mean(.nearest))]
    NoZone {
        /// The zone that was probably meant.
        nearest: Option<&'static str>,
    },
}

impl Error {
    /// A combination that cannot be met; found by a crate that knows more than one option, or the machine.
    ///
    /// The value is best taken from [`crate::Settings::written`], which also says where it comes from.
    ///
    /// ```
    /// use options::{Error, NETWORK_MIN, Settings};
    ///
    /// let mut settings = Settings::new();
    /// settings.define("taskmanager.memory.network.min=1gb")?;
    /// let error = Error::unmet(
    ///     NETWORK_MIN.name(),
    ///     settings.written(&NETWORK_MIN),
    ///     "more than the 512mb of the whole process",
    ///     "at most 256mb, or a larger taskmanager.memory.process.size",
    /// );
    /// assert_eq!(
    ///     error.to_string(),
    ///     "taskmanager.memory.network.min = 1gb (command line): more than the 512mb of the whole process; \
    ///      accepted: at most 256mb, or a larger taskmanager.memory.process.size",
    /// );
    /// # Ok::<(), Error>(())
    /// ```
    pub fn unmet(
        name: &'static str,
        value: impl AsRef<str>,
        why: impl Into<Box<str>>,
        accepted: impl Into<Box<str>>,
    ) -> Error {
        Error::Unmet { name, value: one_line(value.as_ref()), why: why.into(), accepted: accepted.into() }
    }

    pub(crate) fn unknown(name: &str, value: &str, origin: Origin) -> Error {
        Error::Unknown { name: one_line(name), value: one_line(value), origin, nearest: nearest(name) }
    }

    pub(crate) fn refused(entry: &dyn crate::Entry, value: &str, origin: Origin, why: Refusal) -> Error {
        Error::Refused {
            name: entry.name(),
            value: one_line(value),
            origin,
            why,
            accepted: entry.advice().into(),
        }
    }

    pub(crate) fn not_a_setting(argument: &str) -> Error {
        Error::NotASetting { argument: one_line(argument) }
    }
}

/// The option a misspelt name most likely meant: one whose last words these are, or one within a typo per
/// four letters.
fn nearest(name: &str) -> Option<&'static str> {
    let spelling = name.to_lowercase().replace('_', "-");
    let distance = |option: &str| match option.strip_suffix(&spelling) {
        Some(front) if front.ends_with('.') => 0,
        _ => strsim::damerau_levenshtein(option, &spelling),
    };
    let (distance, option) =
        catalogue::all().map(|entry| (distance(entry.name()), entry.name())).min_by_key(|near| near.0)?;
    (distance <= spelling.len() / 4).then_some(option)
}

fn did_you_mean(nearest: &Option<&str>) -> String {
    match nearest {
        Some(option) => format!("; did you mean {option}?"),
        None => String::new(),
    }
}

/// A user's text must not break the line it is shown in, nor be overlooked there.
fn one_line(text: &str) -> Box<str> {
    if text.is_empty() {
        return "\"\"".into();
    }
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escape).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_the_one_that_was_meant() {
        for (name, expect) in [
            ("taskmanager.memory.segmentsize", Some("taskmanager.memory.segment-size")),
            ("taskmanager.memory.segment_size", Some("taskmanager.memory.segment-size")),
            ("TaskManager.Memory.Process.Size", Some("taskmanager.memory.process.size")),
            ("segment-size", Some("taskmanager.memory.segment-size")),
            ("io.tmp.dir", Some("io.tmp.dirs")),
            ("jobmanager.rpc.address", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(name), expect, "{name:?}");
        }
    }

    #[test]
    fn an_error_is_one_line_whatever_is_quoted_in_it() {
        let error = Error::unknown("a\nb", "c\r\n\u{1b}[31m", Origin::Code);
        assert_eq!(error.to_string(), "a\\nb = c\\r\\n\\u{1b}[31m (code): no such option");
    }
}
