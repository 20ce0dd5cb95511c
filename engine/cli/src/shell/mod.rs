//! The shell: statements as they are typed, one after the other, in one session.
//!
//! | part | file |
//! |---|---|
//! | reading, running, showing | here |
//! | what is typed: where it ends, and commands | `input.rs` |
//! | prompt, history | `editor.rs` |
//! | how it may go on | `completion.rs` |
//!
//! An error ends a statement and not the session; so does Ctrl-C while a query runs.

mod completion;
mod editor;
mod input;

use std::io::{self, Write};
use std::time::Instant;

use options::RESULT_MODE;
use reedline::{Reedline, Signal};
use sql::{Outcome, Session};

use crate::arguments::Format;
use crate::run::{CliError, Interrupt, outcome};
use completion::Vocabulary;
use input::{Command, Input};

const HELP: &str = "\
Statements end with a semicolon, and may have several lines. Tab completes tables, columns, functions, files and options;
↑ goes back to what was typed, Ctrl-R looks for it.

  \\d              tables and views           \\d NAME         the columns of one
  \\df             functions                  \\timing         how long statements take, or no more
  \\format FORMAT  table, csv or json         \\i FILE         the statements of a file
  \\mode MODE      of results that change: changelog (every change), or table (the rows there are, while it runs)
  \\?              this                       \\q, Ctrl-D     the end

Ctrl-C ends a query that runs, or drops what was typed.
SELECT * FROM 'bids.csv' LIMIT 5; reads a file, SHOW TABLES; lists what was made, SET; shows all settings.
SET 'execution.runtime-mode' = 'streaming'; shows results as they come, and what of them is not true any more.";

/// What the shell is like at the moment.
struct Shell {
    session: Session,
    interrupt: Interrupt,
    format: Format,
    is_timed: bool,
}

/// Runs it until its user leaves.
///
/// # Errors
///
/// If there is nothing to type at, or nothing to show rows on.
pub(crate) fn run(session: Session, format: Format) -> Result<(), CliError> {
    let mut shell = Shell { session, interrupt: Interrupt::listen(), format, is_timed: false };
    writeln!(io::stdout(), "millstream {}. Type \\? for help.", env!("CARGO_PKG_VERSION"))?;
    let mut editor = editor::editor();
    loop {
        editor = editor::completing(editor, shell.vocabulary());
        match read(&mut editor)? {
            None => return Ok(()),
            Some(line) => {
                if !shell.take(&line)? {
                    return Ok(());
                }
            }
        }
    }
}

/// What was typed; nothing at the end of it.
fn read(editor: &mut Reedline) -> Result<Option<String>, CliError> {
    loop {
        match editor.read_line(&editor::Arrow)? {
            Signal::Success(line) => return Ok(Some(line)),
            Signal::CtrlD => return Ok(None),
            // What was typed is dropped.
            _ => {}
        }
    }
}

impl Shell {
    /// Does what was typed. `false` when that is to leave.
    fn take(&mut self, line: &str) -> Result<bool, CliError> {
        match Input::of(line) {
            Input::Nothing => {}
            Input::Statements(text) => self.statements(text)?,
            Input::Command(Command::Quit) => return Ok(false),
            Input::Command(Command::Help) => writeln!(io::stdout(), "{HELP}")?,
            Input::Command(Command::Tables) => self.statements("SHOW TABLES")?,
            Input::Command(Command::Functions) => self.statements("SHOW FUNCTIONS")?,
            Input::Command(Command::Describe(name)) => self.statements(&format!("DESCRIBE {name}"))?,
            Input::Command(Command::File(file)) => match crate::run::read_file(file.as_ref()) {
                Ok(text) => self.statements(&text)?,
                Err(error) => say(&error)?,
            },
            Input::Command(Command::Timing) => {
                self.is_timed = !self.is_timed;
                writeln!(io::stdout(), "timing is {}", if self.is_timed { "on" } else { "off" })?;
            }
            Input::Command(Command::Mode(mode)) => {
                self.statements(&format!("SET '{}' = '{mode}'", RESULT_MODE.name()))?;
            }
            Input::Command(Command::Format(format)) => self.format = format,
            Input::Unknown(words) => writeln!(io::stderr(), "{words}")?,
        }
        Ok(true)
    }

    fn vocabulary(&self) -> Vocabulary {
        let options = options::all().map(|option| option.name().to_owned());
        let (tables, functions) = (self.session.tables(), self.session.functions());
        Vocabulary { tables, functions, options: options.collect() }
    }

    #[expect(clippy::disallowed_methods, reason = "what a user waits for is the time of his own clock")]
    fn statements(&mut self, text: &str) -> Result<(), CliError> {
        self.interrupt.forget();
        let began = Instant::now();
        let (format, interrupt) = (self.format, &self.interrupt);
        let ran = self.session.run(text, |done| match done {
            // Who types wants to see that something has happened.
            Outcome::Done => Ok(writeln!(io::stdout(), "done")?),
            other => outcome(other, format, interrupt),
        });
        match ran {
            Ok(()) => {}
            Err(error @ CliError::Output(_)) => return Err(error),
            Err(CliError::Interrupted) => writeln!(io::stderr(), "\ncanceled")?,
            Err(error) => say(&error)?,
        }
        if self.is_timed {
            writeln!(io::stdout(), "{:.3} s", began.elapsed().as_secs_f64())?;
        }
        Ok(())
    }
}

fn say(error: &CliError) -> io::Result<()> {
    writeln!(io::stderr(), "{error}")
}
