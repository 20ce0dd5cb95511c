//! What is typed at the shell: statements, which may go on in the next line, and commands, which begin with a backslash.

use crate::arguments::Format;

/// What a user wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input<'a> {
    Nothing,
    Statements(&'a str),
    Command(Command<'a>),
    /// A command that there is not; what to say of it.
    Unknown(String),
}

/// What is done by the shell itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command<'a> {
    Quit,
    Help,
    Tables,
    Functions,
    Describe(&'a str),
    File(&'a str),
    Timing,
    Format(Format),
    Mode(&'a str),
}

impl<'a> Input<'a> {
    pub(super) fn of(line: &'a str) -> Self {
        let line = line.trim();
        let word = line.trim_end_matches(';').trim_end();
        match word.to_lowercase().as_str() {
            "" => return Self::Nothing,
            "quit" | "exit" => return Self::Command(Command::Quit),
            "help" => return Self::Command(Command::Help),
            _ => {}
        }
        let Some(command) = word.strip_prefix('\\') else { return Self::Statements(line) };
        let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim();
        Self::Command(match (name, rest) {
            ("q", "") => Command::Quit,
            ("?" | "h" | "help", "") => Command::Help,
            ("d" | "dt" | "dv", "") => Command::Tables,
            ("d", name) => Command::Describe(name),
            ("df", "") => Command::Functions,
            ("timing", "") => Command::Timing,
            ("i", file) if !file.is_empty() => Command::File(file),
            ("format", "table") => Command::Format(Format::Table),
            ("format", "csv") => Command::Format(Format::Csv),
            ("format", "json") => Command::Format(Format::Json),
            ("mode", mode @ ("table" | "changelog" | "tableau")) => Command::Mode(mode),
            ("mode", _) => return Self::Unknown("\\mode takes table, changelog or tableau".to_owned()),
            ("format", _) => return Self::Unknown("\\format takes table, csv or json".to_owned()),
            _ => return Self::Unknown(format!("there is no command \\{command}; \\? lists those there are")),
        })
    }
}

/// Whether what was typed so far is all of it.
pub(super) fn is_whole(text: &str) -> bool {
    let text = text.trim();
    if text.is_empty() || text.starts_with('\\') {
        return true;
    }
    let words = text.trim_end_matches(';').to_uppercase();
    if matches!(words.as_str(), "QUIT" | "EXIT" | "HELP") {
        return true;
    }
    let ends = ends_with_semicolon(text);
    // The statements of a set have semicolons of their own.
    let mut first = words.split_whitespace();
    let begins_set = matches!(
        (first.next(), first.next(), first.next()),
        (Some("EXECUTE" | "BEGIN"), Some("STATEMENT"), Some(set)) if set.starts_with("SET")
    );
    ends && (!begins_set || words.trim_end().ends_with("END"))
}

/// Whether the last thing is a semicolon, outside of texts, names in quotes and comments.
fn ends_with_semicolon(text: &str) -> bool {
    let mut letters = text.chars().peekable();
    let mut ends = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\'' | '"' | '`' => {
                ends = false;
                if !letters.by_ref().any(|other| other == letter) {
                    return false;
                }
            }
            '-' if letters.peek() == Some(&'-') => {
                letters.by_ref().find(|other| *other == '\n');
            }
            '/' if letters.peek() == Some(&'*') => {
                letters.next();
                let mut last = ' ';
                let closes =
                    letters.by_ref().any(|other| std::mem::replace(&mut last, other) == '*' && other == '/');
                if !closes {
                    return false;
                }
            }
            ';' => ends = true,
            other if other.is_whitespace() => {}
            _ => ends = false,
        }
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_goes_on_to_its_semicolon() {
        for whole in
            ["SELECT 1;", "  ", "\\d bid", "quit", "SELECT ';';", "SELECT 1; -- one", "SELECT 1 /* ; */ ;"]
        {
            assert!(is_whole(whole), "{whole}");
        }
        for part in
            ["SELECT 1", "SELECT ';", "SELECT 1 -- ;", "SELECT 1 /* ;", "SELECT `a;", "SELECT 1; SELECT"]
        {
            assert!(!is_whole(part), "{part}");
        }
        assert!(!is_whole("BEGIN STATEMENT SET; INSERT INTO t SELECT 1;"));
        assert!(is_whole("BEGIN STATEMENT SET; INSERT INTO t SELECT 1; END;"));
    }

    #[test]
    fn commands_are_told_from_statements() {
        let cases = [
            ("", Input::Nothing),
            (" ; ", Input::Nothing),
            ("SELECT 1;", Input::Statements("SELECT 1;")),
            ("exit;", Input::Command(Command::Quit)),
            ("\\d", Input::Command(Command::Tables)),
            ("\\d bid;", Input::Command(Command::Describe("bid"))),
            ("\\format json", Input::Command(Command::Format(Format::Json))),
            ("\\i a b.sql", Input::Command(Command::File("a b.sql"))),
            ("\\timing", Input::Command(Command::Timing)),
            ("\\mode table", Input::Command(Command::Mode("table"))),
            ("\\mode x", Input::Unknown("\\mode takes table, changelog or tableau".into())),
            ("\\format xml", Input::Unknown("\\format takes table, csv or json".into())),
            ("\\x", Input::Unknown("there is no command \\x; \\? lists those there are".into())),
        ];
        for (line, input) in cases {
            assert_eq!(Input::of(line), input, "{line}");
        }
    }
}
