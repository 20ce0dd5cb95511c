//! What a user said: the text of each option that was set, and where it was set.
//!
//! A text is checked when it comes in, so reading a setting cannot fail. The last one to set an option wins:
//! read the file first, then the environment, then the command line. Keeps texts, not values; whoever needs a
//! value often reads it once and keeps it.

use std::collections::BTreeMap;

use crate::{Entry, Error, Key, Origin, Otherwise, Value, catalogue, config_file};

/// The options that a user set; all others have their default.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    said: BTreeMap<&'static str, Said>,
}

#[derive(Clone, Debug)]
struct Said {
    text: String,
    origin: Origin,
}

impl Settings {
    /// Nothing set yet.
    pub fn new() -> Settings {
        Settings::default()
    }

    /// Sets an option, or says in one line why not.
    ///
    /// ```
    /// use options::{Origin, Settings};
    ///
    /// let error = Settings::new()
    ///     .set("taskmanager.memory.segment-size", "33kb", Origin::CommandLine)
    ///     .expect_err("33 is not a power of two");
    /// assert_eq!(
    ///     error.to_string(),
    ///     "taskmanager.memory.segment-size = 33kb (command line): not a power of two; \
    ///      accepted: a power of two from 4kb to 2mb, such as 32kb",
    /// );
    /// ```
    pub fn set(&mut self, name: &str, value: &str, origin: Origin) -> Result<(), Error> {
        let (name, value) = (name.trim(), value.trim());
        let Some(entry) = catalogue::find(name) else {
            return Err(Error::unknown(name, value, origin));
        };
        match entry.check(value) {
            Ok(()) => {
                self.said.insert(entry.name(), Said { text: value.to_owned(), origin });
                Ok(())
            }
            Err(why) => Err(Error::refused(entry, value, origin, why)),
        }
    }

    /// Sets what an argument `-Dname=value` says; the argument comes without its `-D`.
    pub fn define(&mut self, argument: &str) -> Result<(), Error> {
        let (name, value) = argument.split_once('=').ok_or_else(|| Error::not_a_setting(argument))?;
        self.set(name, value, Origin::CommandLine)
    }

    /// Sets what a configuration file says: lines `name: value`, flat or nested by indentation, as in Flink's
    /// `config.yaml`. Stops at the first line that is wrong.
    ///
    /// ```
    /// use options::{Bytes, PARALLELISM, PROCESS_SIZE, Settings};
    ///
    /// let mut settings = Settings::new();
    /// settings.read_file(
    ///     "config.yaml",
    ///     "parallelism.default: 4   # flat
    /// taskmanager:
    ///   memory:
    ///     process.size: '8 gb'     # nested
    /// ",
    /// )?;
    /// assert_eq!(settings.get(&PARALLELISM), 4);
    /// assert_eq!(settings.get(&PROCESS_SIZE), Some(Bytes::gib(8)));
    /// # Ok::<(), options::Error>(())
    /// ```
    pub fn read_file(&mut self, file: &str, text: &str) -> Result<(), Error> {
        let malformed = |fault: config_file::Fault| Error::Malformed {
            file: file.into(),
            line: fault.number,
            why: fault.why.into(),
        };
        for line in config_file::read(text).map_err(malformed)? {
            let origin = Origin::File { name: file.to_owned(), line: line.number };
            self.set(&line.name, &line.value, origin)?;
        }
        Ok(())
    }

    /// Sets an option to what it is in other settings, or to its default, if nothing is said there.
    pub fn reset(&mut self, name: &str, to: &Settings) -> Result<(), Error> {
        let name = name.trim();
        let Some(entry) = catalogue::find(name) else {
            return Err(Error::unknown(name, "", Origin::Statement));
        };
        match to.said.get(entry.name()) {
            Some(said) => drop(self.said.insert(entry.name(), said.clone())),
            None => drop(self.said.remove(entry.name())),
        }
        Ok(())
    }

    /// The options that were set, in the order of their names, with the texts that they were set to.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.said.iter().map(|(name, said)| (*name, said.text.as_str()))
    }

    /// The value of an option: the one set, or the default.
    pub fn get<T: Value>(&self, key: &Key<T>) -> T {
        match self.said.get(key.name) {
            Some(said) => T::read(&said.text, &key.bounds).expect("`set` took only what this key reads"),
            None => key.default.clone(),
        }
    }

    /// The value of an option as an error shows it: the text, and where it comes from.
    pub fn written<T: Value>(&self, key: &Key<T>) -> String {
        match (self.said.get(key.name), key.otherwise()) {
            (Some(said), _) => format!("{} ({})", said.text, said.origin),
            (None, Otherwise::Is(text)) => format!("{text} (default)"),
            (None, Otherwise::Unset(what)) => format!("unset ({what})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Bytes, IO_BACKEND, IoBackend, MANAGED_SIZE, NETWORK_FRACTION, PROCESS_SIZE, SEGMENT_SIZE, TMP_DIRS,
    };

    const SIZE: &str = "taskmanager.memory.process.size";

    #[test]
    fn an_option_goes_back_to_what_it_was() {
        let mut first = Settings::new();
        first.set(SIZE, "2gb", Origin::CommandLine).unwrap();
        let mut settings = first.clone();
        settings.set(SIZE, "1gb", Origin::Statement).unwrap();
        settings.set("parallelism.default", "3", Origin::Statement).unwrap();
        assert_eq!(settings.iter().collect::<Vec<_>>(), [("parallelism.default", "3"), (SIZE, "1gb")]);
        settings.reset(SIZE, &first).unwrap();
        settings.reset("parallelism.default", &first).unwrap();
        assert_eq!(settings.iter().collect::<Vec<_>>(), [(SIZE, "2gb")]);
        assert!(settings.reset("paralelism.default", &first).is_err());
    }

    #[test]
    fn what_nobody_set_has_its_default() {
        let settings = Settings::new();
        assert_eq!(settings.get(&SEGMENT_SIZE), Bytes::kib(32));
        assert_eq!(settings.get(&PROCESS_SIZE), None);
        assert_eq!(settings.written(&SEGMENT_SIZE), "32kb (default)");
        assert_eq!(settings.written(&MANAGED_SIZE), "unset (the share decides)");
    }

    #[test]
    fn what_was_set_last_holds() {
        let mut settings = Settings::new();
        settings.read_file("config.yaml", "taskmanager.memory.process.size: 1g").unwrap();
        assert_eq!(settings.written(&PROCESS_SIZE), "1g (config.yaml:1)");
        settings.set(SIZE, "2g", Origin::Environment).unwrap();
        settings.define("taskmanager.memory.process.size=3g").unwrap();
        assert_eq!(settings.get(&PROCESS_SIZE), Some(Bytes::gib(3)));
        assert_eq!(settings.written(&PROCESS_SIZE), "3g (command line)");
    }

    #[test]
    fn what_was_refused_changes_nothing() {
        let mut settings = Settings::new();
        settings.set(SIZE, "1g", Origin::Code).unwrap();
        settings.set(SIZE, "1", Origin::Code).unwrap_err();
        assert_eq!(settings.get(&PROCESS_SIZE), Some(Bytes::gib(1)));
    }

    #[test]
    fn every_default_can_be_set_and_reads_the_same() {
        let mut settings = Settings::new();
        for entry in crate::all() {
            if let Otherwise::Is(text) = entry.otherwise() {
                settings.set(entry.name(), &text, Origin::Code).unwrap();
            }
        }
        assert_eq!(settings.get(&NETWORK_FRACTION), Settings::new().get(&NETWORK_FRACTION));
        assert_eq!(settings.get(&IO_BACKEND), IoBackend::Auto);
    }

    #[test]
    fn a_definition_may_hold_spaces_and_further_equal_signs() {
        let mut settings = Settings::new();
        settings.define(" io.tmp.dirs = /a=b ").unwrap();
        assert_eq!(settings.get(&TMP_DIRS), Some(vec!["/a=b".into()]));
    }

    /// The whole line that a user sees.
    fn check_line(argument: &str, expect: &str) {
        let error = Settings::new().define(argument).unwrap_err();
        assert_eq!(error.to_string(), expect);
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_nearest_one() {
        check_line(
            "taskmanager.memory.segmentsize=32kb",
            "taskmanager.memory.segmentsize = 32kb (command line): no such option; \
             did you mean taskmanager.memory.segment-size?",
        );
        check_line("rest.port=8081", "rest.port = 8081 (command line): no such option");
        check_line("verbose", "verbose (command line): not a setting; accepted: name=value");
    }

    #[test]
    fn a_refused_size_is_answered_with_what_is_accepted() {
        check_line(
            "taskmanager.memory.segment-size=4mb",
            "taskmanager.memory.segment-size = 4mb (command line): too large; \
             accepted: a power of two from 4kb to 2mb, such as 32kb",
        );
        check_line(
            "taskmanager.memory.process.size=1.5gb",
            "taskmanager.memory.process.size = 1.5gb (command line): \
             a fraction (write a whole number of a smaller unit); \
             accepted: a size of at least 64mb, such as 4gb",
        );
        check_line(
            "spill.size.max=1 pb",
            "spill.size.max = 1 pb (command line): no unit is called \"pb\" (units are b, kb, mb, gb, tb); \
             accepted: a size, such as 100gb",
        );
        check_line(
            "spill.read-ahead=",
            "spill.read-ahead = \"\" (command line): empty; accepted: a size from 64kb to 16mb, such as 1mb",
        );
    }

    #[test]
    fn a_refused_value_of_another_kind_is_answered_with_what_is_accepted() {
        check_line(
            "taskmanager.memory.network.fraction=10%",
            "taskmanager.memory.network.fraction = 10% (command line): not a number; \
             accepted: a number from 0 to 1, such as 0.1",
        );
        check_line(
            "parallelism.default=0",
            "parallelism.default = 0 (command line): too small; \
             accepted: a whole number from 1 to 32768, such as 1",
        );
        check_line(
            "table.exec.spill-compression.enabled=yes",
            "table.exec.spill-compression.enabled = yes (command line): not one of the choices; \
             accepted: true or false",
        );
        check_line(
            "runtime.io-backend=iocp",
            "runtime.io-backend = iocp (command line): not one of the choices; accepted: auto, uring or std",
        );
        check_line(
            "io.tmp.dirs=/a,,/b",
            "io.tmp.dirs = /a,,/b (command line): empty; \
             accepted: paths with `,` or `:` between them, such as /disk1/tmp,/disk2/tmp",
        );
    }

    #[test]
    fn an_error_in_a_file_names_its_line() {
        for (text, expect) in [
            (
                "# ours\nspill:\n  size:\n    max: lots\n",
                "spill.size.max = lots (config.yaml:4): does not start with a whole number; \
                 accepted: a size, such as 100gb",
            ),
            ("a: [1]", "config.yaml:1: not a plain value; write it in quotes if it is meant as it stands"),
        ] {
            let error = Settings::new().read_file("config.yaml", text).unwrap_err();
            assert_eq!(error.to_string(), expect);
        }
    }
}
