//! The line that is typed at: a prompt, what was typed before, and names that are completed.

use std::borrow::Cow;
use std::path::PathBuf;

use reedline::{
    ColumnarMenu, Completer, CompletionResult, Emacs, FileBackedHistory, KeyCode, KeyModifiers, MenuBuilder,
    Prompt, PromptEditMode, PromptHistorySearch, Reedline, ReedlineEvent, ReedlineMenu, Span, Suggestion,
    ValidationResult, Validator, default_emacs_keybindings,
};
use sql::Files;

use super::completion::{Vocabulary, completion};
use super::input::is_whole;
use crate::files::Local;

/// Lines that are remembered.
const HISTORY_LINES: usize = 10_000;
const MENU: &str = "names";

/// An editor that remembers what was typed, also from one time to the next if there is a place for it.
pub(super) fn editor() -> Reedline {
    let mut keys = default_emacs_keybindings();
    let menu = vec![ReedlineEvent::Menu(MENU.to_owned()), ReedlineEvent::MenuNext];
    keys.add_binding(KeyModifiers::NONE, KeyCode::Tab, ReedlineEvent::UntilFound(menu));
    let menu = ReedlineMenu::EngineCompleter(Box::new(ColumnarMenu::default().with_name(MENU)));
    let editor = Reedline::create()
        .with_validator(Box::new(Whole))
        // What is the only way is taken at once, and what all ways begin with too.
        .with_quick_completions(true)
        .with_partial_completions(true)
        .with_menu(menu)
        .with_edit_mode(Box::new(Emacs::new(keys)));
    let history = history_file().and_then(|file| FileBackedHistory::with_file(HISTORY_LINES, file).ok());
    match history {
        Some(history) => editor.with_history(Box::new(history)),
        None => editor,
    }
}

/// The same editor, which completes these names.
pub(super) fn completing(editor: Reedline, vocabulary: Vocabulary) -> Reedline {
    editor.with_completer(Box::new(Completing(vocabulary)))
}

/// What the editor asks for when somebody wants to know how it goes on.
struct Completing(Vocabulary);

impl Completer for Completing {
    fn complete(&mut self, line: &str, cursor: usize) -> CompletionResult {
        let list = |directory: &str| Local.list(directory).unwrap_or_default();
        let completion = completion(&line[..cursor], &self.0, &list);
        let span = Span::new(completion.from, cursor);
        let suggestion = |value: String| {
            // Behind what opens something it goes on at once.
            let append_whitespace = !value.ends_with(['(', '.', '/', '\'']);
            Suggestion { value, span, append_whitespace, ..Suggestion::default() }
        };
        CompletionResult::fresh(completion.words.into_iter().map(suggestion).collect::<Vec<_>>())
    }
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
