//! A page that is written from a catalogue: written, or compared with what is in the checkout.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::Outcome;

/// A page as it should be.
pub(crate) struct Page {
    /// Where it is in the checkout.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// The checkout that cargo runs this in, wherever it is called. Not that in which it was compiled: clones share what is built.
pub(crate) fn checkout() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says which checkout it is")).join("..")
}

/// Writes the pages; with `--check` only compares them. `command` is what to run when they are not the same.
pub(crate) fn run(
    command: &str,
    arguments: &[String],
    pages: impl FnOnce() -> Result<Vec<Page>, String>,
) -> Outcome {
    let is_checked = match arguments {
        [] => false,
        [check] if check == "--check" => true,
        _ => return Outcome::Misused(format!("{command} takes nothing, or --check")),
    };
    let pages = match pages() {
        Ok(pages) => pages,
        Err(error) => return Outcome::Failed(error),
    };
    let mut lines = Vec::with_capacity(pages.len());
    for page in &pages {
        match if is_checked { compared(command, page) } else { written(page) } {
            Ok(line) => lines.push(line),
            Err(line) => return Outcome::Failed(line),
        }
    }
    Outcome::Done(lines.join("\n"))
}

fn written(Page { path, text }: &Page) -> Result<String, String> {
    let file = checkout().join(path);
    let folder = file.parent().expect("a page is a file");
    let done = fs::create_dir_all(folder).and_then(|()| fs::write(&file, text));
    done.map(|()| format!("wrote {path}")).map_err(|error| format!("could not write {path}: {error}"))
}

fn compared(command: &str, page: &Page) -> Result<String, String> {
    match fs::read_to_string(checkout().join(&page.path)) {
        Ok(found) => compare(command, page, &found),
        Err(error) => Err(format!("could not read {}: {error}", page.path)),
    }
}

fn compare(command: &str, Page { path, text }: &Page, found: &str) -> Result<String, String> {
    if found == text {
        return Ok(format!("{path} is up to date"));
    }
    let same = found.lines().zip(text.lines()).take_while(|(found, text)| found == text).count();
    let line = same + 1;
    Err(format!("{path}:{line} is not what the catalogue says; run `cargo x {command}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_differs_is_told_with_its_line_and_the_cure() {
        let page = Page { path: "docs/a.md".to_owned(), text: "a\nb\n".to_owned() };
        assert_eq!(compare("a-page", &page, "a\nb\n"), Ok("docs/a.md is up to date".to_owned()));
        for (found, line) in [("a\nx\n", 2), ("a\n", 2), ("", 1), ("a\nb\nc\n", 3), ("a\nb", 3)] {
            let told = format!("docs/a.md:{line} is not what the catalogue says; run `cargo x a-page`");
            assert_eq!(compare("a-page", &page, found), Err(told), "{found:?}");
        }
    }
}
