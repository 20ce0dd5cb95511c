//! `cargo x config-reference [--check]`: the page of all options, written from the catalogue or compared with
//! it.

use std::{fs, path::Path};

use crate::Outcome;

const PAGE: &str = "docs/configuration.md";

pub(crate) fn run(arguments: &[String]) -> Outcome {
    // The checkout this binary was built from, wherever it is called.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(PAGE);
    let page = options::reference::render();
    match arguments {
        [] => match fs::write(&path, page) {
            Ok(()) => Outcome::Done(format!("wrote {PAGE}")),
            Err(error) => Outcome::Failed(format!("could not write {PAGE}: {error}")),
        },
        [check] if check == "--check" => match fs::read_to_string(&path) {
            Ok(found) => compare(&found, &page),
            Err(error) => Outcome::Failed(format!("could not read {PAGE}: {error}")),
        },
        _ => Outcome::Misused("config-reference takes nothing, or --check".into()),
    }
}

fn compare(found: &str, page: &str) -> Outcome {
    if found == page {
        return Outcome::Done(format!("{PAGE} is up to date"));
    }
    let same = found.lines().zip(page.lines()).take_while(|(found, page)| found == page).count();
    let line = same + 1;
    Outcome::Failed(format!("{PAGE}:{line} is not what the catalogue says; run `cargo x config-reference`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_differs_is_told_with_its_line_and_the_cure() {
        assert!(matches!(compare("a\nb\n", "a\nb\n"), Outcome::Done(_)));
        for (found, line) in [("a\nx\n", 2), ("a\n", 2), ("", 1), ("a\nb\nc\n", 3), ("a\nb", 3)] {
            let Outcome::Failed(text) = compare(found, "a\nb\n") else { panic!("{found:?} differs") };
            assert!(text.starts_with(&format!("docs/configuration.md:{line} ")), "{text}");
            assert!(text.ends_with("run `cargo x config-reference`"), "{text}");
        }
    }
}
