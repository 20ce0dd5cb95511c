//! The blocks of code of a page.

/// What a block is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Shell,
    Sql,
    Rust,
    /// What is shown, or written nowhere else.
    Text,
}

/// A block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// The line it begins in.
    pub(crate) line: usize,
    pub(crate) language: Language,
    pub(crate) text: String,
    /// What it shows, if the page says so.
    pub(crate) shows: Option<String>,
}

/// The blocks of a page, in their order; those that are given without being shown too.
///
/// # Errors
///
/// A block without a language, or in one that nobody runs.
pub(crate) fn blocks(page: &str) -> Result<Vec<Block>, String> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = (1..).zip(page.lines());
    // Whether nothing stands between the last block and here.
    let mut is_right_behind = false;
    while let Some((line, text)) = lines.next() {
        let (word, end) = match (text.strip_prefix("```"), text.strip_prefix("<!-- given ")) {
            (Some(word), _) => (word, "```"),
            (None, Some(word)) => (word, "-->"),
            (None, None) => {
                is_right_behind &= text.is_empty();
                continue;
            }
        };
        let language = match word.split(',').next().unwrap_or_default() {
            "sh" => Language::Shell,
            "sql" => Language::Sql,
            "rust" => Language::Rust,
            "text" => Language::Text,
            other => return Err(format!("{line}: a block of '{other}'; there are sh, sql, rust and text")),
        };
        let body: Vec<&str> =
            lines.by_ref().map(|(_, text)| text).take_while(|text| !text.starts_with(end)).collect();
        let text = format!("{}\n", body.join("\n"));
        match blocks.last_mut() {
            Some(last) if is_right_behind && language == Language::Text && last.shows.is_none() => {
                last.shows = Some(text);
                is_right_behind = false;
            }
            _ => {
                is_right_behind = matches!(language, Language::Shell | Language::Sql);
                blocks.push(Block { line, language, text, shows: None });
            }
        }
    }
    Ok(blocks)
}

#[test]
fn blocks_have_what_they_show_and_what_is_given() {
    let page =
        "# A\n<!-- given sh\ntouch a\n-->\n\n```sh\nls\n```\n\n```text\na\n```\nwords\n```text\nb\n```\n";
    let found = blocks(page).unwrap();
    let of: Vec<_> =
        found.iter().map(|block| (block.line, block.text.as_str(), block.shows.as_deref())).collect();
    assert_eq!(of, [(2, "touch a\n", None), (6, "ls\n", Some("a\n")), (14, "b\n", None)]);
    assert!(blocks("```\nwhat\n```").is_err());
}
