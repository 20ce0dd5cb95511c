//! The line that is typed at: a prompt, what was typed before, and names that are completed.

use std::borrow::Cow;
use std::path::PathBuf;

use reedline::{
    ColumnarMenu, DefaultCompleter, Emacs, FileBackedHistory, KeyCode, KeyModifiers, MenuBuilder, Prompt,
    PromptEditMode, PromptHistorySearch, Reedline, ReedlineEvent, ReedlineMenu, ValidationResult, Validator,
    default_emacs_keybindings,
};

use super::input::is_whole;

/// Lines that are remembered.
const HISTORY_LINES: usize = 10_000;
/// Letters of a name after which it may be completed.
const LEAST_LETTERS: usize = 2;
const MENU: &str = "names";

/// Words that statements are made of.
const KEYWORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "HAVING",
    "ORDER BY",
    "LIMIT",
    "OFFSET",
    "DISTINCT",
    "AS",
    "ON",
    "JOIN",
    "LEFT JOIN",
    "RIGHT JOIN",
    "FULL JOIN",
    "CROSS JOIN",
    "USING",
    "UNION ALL",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "WITH",
    "VALUES",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "AND",
    "OR",
    "NOT",
    "IN",
    "EXISTS",
    "BETWEEN",
    "LIKE",
    "IS NULL",
    "IS NOT NULL",
    "CAST",
    "TRY_CAST",
    "INTERVAL",
    "OVER",
    "PARTITION BY",
    "ROWS BETWEEN",
    "RANGE BETWEEN",
    "FILTER",
    "GROUPING SETS",
    "ROLLUP",
    "CUBE",
    "TABLE",
    "TUMBLE",
    "HOP",
    "CUMULATE",
    "SESSION",
    "DESCRIPTOR",
    "CREATE TABLE",
    "CREATE VIEW",
    "CREATE FUNCTION",
    "DROP TABLE",
    "DROP VIEW",
    "INSERT INTO",
    "INSERT OVERWRITE",
    "EXPLAIN",
    "DESCRIBE",
    "SHOW TABLES",
    "SHOW FUNCTIONS",
    "SET",
    "RESET",
    "WATERMARK FOR",
    "PARTITIONED BY",
    "FOR SYSTEM_TIME AS OF",
];

/// An editor that remembers what was typed, also from one time to the next if there is a place for it.
pub(super) fn editor() -> Reedline {
    let mut keys = default_emacs_keybindings();
    let menu = vec![ReedlineEvent::Menu(MENU.to_owned()), ReedlineEvent::MenuNext];
    keys.add_binding(KeyModifiers::NONE, KeyCode::Tab, ReedlineEvent::UntilFound(menu));
    let menu = ReedlineMenu::EngineCompleter(Box::new(ColumnarMenu::default().with_name(MENU)));
    let editor = Reedline::create()
        .with_validator(Box::new(Whole))
        .with_menu(menu)
        .with_edit_mode(Box::new(Emacs::new(keys)));
    let history = history_file().and_then(|file| FileBackedHistory::with_file(HISTORY_LINES, file).ok());
    match history {
        Some(history) => editor.with_history(Box::new(history)),
        None => editor,
    }
}

/// The same editor, which completes keywords and these names.
pub(super) fn completing(editor: Reedline, names: Vec<String>) -> Reedline {
    let words = KEYWORDS.iter().map(|word| (*word).to_owned()).chain(names).collect();
    let mut completer = DefaultCompleter::with_inclusions(&['_', '$']).set_min_word_len(LEAST_LETTERS);
    completer.insert(words);
    editor.with_completer(Box::new(completer))
}

/// Where what was typed is kept.
#[expect(clippy::disallowed_methods, reason = "where a user has his files is no setting")]
fn history_file() -> Option<PathBuf> {
    let state = std::env::var("XDG_STATE_HOME").map(PathBuf::from);
    let state = state.or_else(|_| std::env::var("HOME").map(|home| PathBuf::from(home).join(".local/state")));
    Some(state.ok()?.join("millstream/history"))
}

struct Whole;

impl Validator for Whole {
    fn validate(&self, line: &str) -> ValidationResult {
        if is_whole(line) { ValidationResult::Complete } else { ValidationResult::Incomplete }
    }
}

/// The prompt.
pub(super) struct Arrow;

impl Prompt for Arrow {
    fn render_prompt_left(&self) -> Cow<'_, str> {
        "millstream".into()
    }

    fn render_prompt_right(&self) -> Cow<'_, str> {
        "".into()
    }

    fn render_prompt_indicator(&self, _: PromptEditMode) -> Cow<'_, str> {
        "> ".into()
    }

    fn render_prompt_multiline_indicator(&self) -> Cow<'_, str> {
        "        -> ".into()
    }

    fn render_prompt_history_search_indicator(&self, search: PromptHistorySearch) -> Cow<'_, str> {
        format!(" (search: {}) ", search.term).into()
    }
}
