//! What every file of the checkout keeps to, and which few may be unsafe.
//!
//! A rule is a function of path and text that says what is wrong, or nothing. A new rule is such a function,
//! a line in `RULES` and a planted violation.

use std::collections::BTreeSet;

use crate::{
    checkout::{self, File},
    markdown,
};

/// The files that hold unsafe code. Each says at its head why it cannot be safe.
const UNSAFE_FILES: &[&str] = &[
    "engine/runtime/src/preflight/uring.rs",
    "memory/examples/planted_use_after_free.rs",
    "memory/src/column/builder.rs",
    "memory/src/column/follow.rs",
    "memory/src/column/view.rs",
    "memory/src/excerpts.rs",
    "memory/src/key/lanes.rs",
    "memory/src/letters.rs",
    "memory/src/segment/filling.rs",
    "memory/src/segment/home.rs",
    "memory/src/segment/mod.rs",
    "memory/src/segment/poison.rs",
    "memory/tests/loom.rs",
    "shuffle/src/ring/lane.rs",
    "shuffle/tests/frame_allocation.rs",
];

type Rule = fn(path: &str, text: &str) -> Option<String>;

/// Each rule, with the end of the names of the files it is about.
const RULES: &[(&str, Rule)] = &[
    (".rs", opens_with_its_purpose),
    (".rs", name_says_what_it_is),
    (".rs", fits_in_a_head),
    (".rs", nothing_left_over),
    (".md", has_one_title),
    ("/Cargo.toml", inherits_the_lints),
    ("", lies_in_nobodys_home),
];

/// The most lines of a file, tests included: what can still be read in one sitting.
const LINES_MAX: usize = 800;

/// Names that any file could have.
const EMPTY_NAMES: [&str; 13] = [
    "util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "data", "info", "impl",
    "stuff", "2",
];

// Cut in two, so that this file does not break the rules that it keeps.
const LEFT_OVER: [&str; 3] = [concat!("to", "do!"), concat!("#[ig", "nore"), concat!("FIX", "ME")];
const HOMES: [&str; 3] = [concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/ro", "ot/")];

#[test]
fn every_file_keeps_every_rule() {
    let mut found = Vec::new();
    for (end, rule) in RULES {
        for File { path, text } in checkout::files(end) {
            found.extend(rule(&path, &text).map(|wrong| format!("{path}: {wrong}")));
        }
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_list_of_unsafe_files_is_exact() {
    let found = unsafe_list_faults(&checkout::files(".rs"), UNSAFE_FILES);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

fn opens_with_its_purpose(_path: &str, text: &str) -> Option<String> {
    let purpose = text.lines().next().and_then(|line| line.strip_prefix("//! "));
    let missing = purpose.is_none_or(|purpose| purpose.trim().is_empty());
    missing.then(|| "does not open with `//!` and what it is".into())
}

fn name_says_what_it_is(path: &str, _text: &str) -> Option<String> {
    let words = path.trim_end_matches(".rs").split(['/', '_', '-']);
    let empty = words.into_iter().find(|word| EMPTY_NAMES.contains(word))?;
    Some(format!("`{empty}` in its name says nothing"))
}

fn fits_in_a_head(_path: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > LINES_MAX).then(|| format!("has {lines} lines, more than {LINES_MAX}"))
}

fn nothing_left_over(_path: &str, text: &str) -> Option<String> {
    let (line, found) = first_line(text, |line| LEFT_OVER.into_iter().find(|left| line.contains(left)))?;
    Some(format!("`{found}` is left over on line {line}"))
}

fn has_one_title(_path: &str, text: &str) -> Option<String> {
    let titles = markdown::titles(text);
    (titles != 1).then(|| format!("has {titles} titles, not one"))
}

/// Without them, the compiler would let unsafe code into any file of the crate.
fn inherits_the_lints(_path: &str, text: &str) -> Option<String> {
    let inherits = text.contains("[lints]\nworkspace = true\n");
    (!inherits).then(|| "does not inherit the lints of the workspace".into())
}

/// A path under a home means one person's machine. Behind a word it is part of a longer path.
fn lies_in_nobodys_home(_path: &str, text: &str) -> Option<String> {
    let starts_path = |before: &str| !before.ends_with(|c: char| c.is_alphanumeric() || "._-~}".contains(c));
    let home = |line: &str| {
        let at_home = |home: &&str| line.match_indices(home).any(|(at, _)| starts_path(&line[..at]));
        HOMES.into_iter().find(at_home)
    };
    let (line, home) = first_line(text, home)?;
    Some(format!("names a path under {home} on line {line}"))
}

/// The first line in which something is found, counted from one.
fn first_line<T>(text: &str, find: impl Fn(&str) -> Option<T>) -> Option<(usize, T)> {
    (1..).zip(text.lines()).find_map(|(number, line)| find(line).map(|found| (number, found)))
}

fn unsafe_list_faults(files: &[File], listed: &[&str]) -> Vec<String> {
    let holding = files.iter().filter(|file| holds_unsafe_code(&file.text));
    let found: BTreeSet<&str> = holding.map(|file| file.path.as_str()).collect();
    let listed: BTreeSet<&str> = listed.iter().copied().collect();
    let unlisted =
        found.difference(&listed).map(|path| format!("{path}: unsafe, but not listed in tests/tidy.rs"));
    let idle =
        listed.difference(&found).map(|path| format!("{path}: listed in tests/tidy.rs, but not unsafe"));
    unlisted.chain(idle).collect()
}

/// The keyword as code uses it; comments and the names of lints only speak of it.
fn holds_unsafe_code(text: &str) -> bool {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let opens =
        |rest: &str| ["{", "fn ", "impl", "extern ", "trait "].iter().any(|form| rest.starts_with(form));
    code.flat_map(|line| line.split(concat!("un", "safe ")).skip(1)).any(opens)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: Rule, path: &str, text: &str, expect: Option<&str>) {
        assert_eq!(rule(path, text).as_deref(), expect, "{path}: {text}");
    }

    #[test]
    fn a_file_without_a_purpose_is_found() {
        let wrong = Some("does not open with `//!` and what it is");
        check(opens_with_its_purpose, "a.rs", "//! Adds.\nfn add() {}", None);
        check(opens_with_its_purpose, "a.rs", "", wrong);
        check(opens_with_its_purpose, "a.rs", "//!\n//! Adds.", wrong);
        check(opens_with_its_purpose, "a.rs", "use std::fs;\n//! Adds.", wrong);
    }

    #[test]
    fn a_name_that_says_nothing_is_found() {
        check(name_says_what_it_is, "memory/src/database.rs", "", None);
        check(name_says_what_it_is, "a/io_utils.rs", "", Some("`utils` in its name says nothing"));
        check(name_says_what_it_is, "a/common/b.rs", "", Some("`common` in its name says nothing"));
    }

    #[test]
    fn a_file_too_long_is_found() {
        check(fits_in_a_head, "a.rs", &"\n".repeat(800), None);
        check(fits_in_a_head, "a.rs", &"\n".repeat(801), Some("has 801 lines, more than 800"));
    }

    #[test]
    fn what_is_left_over_is_found() {
        check(nothing_left_over, "a.rs", "ignore this method", None);
        for left in LEFT_OVER {
            let wrong = format!("`{left}` is left over on line 2");
            check(nothing_left_over, "a.rs", &format!("\n  {left}"), Some(&wrong));
        }
    }

    #[test]
    fn a_page_without_one_title_is_found() {
        check(has_one_title, "a.md", "# A\n## B", None);
        check(has_one_title, "a.md", "## A", Some("has 0 titles, not one"));
        check(has_one_title, "a.md", "# A\n# B", Some("has 2 titles, not one"));
    }

    #[test]
    fn a_crate_with_lints_of_its_own_is_found() {
        let wrong = Some("does not inherit the lints of the workspace");
        check(inherits_the_lints, "a/Cargo.toml", "[lints]\nworkspace = true\n", None);
        check(inherits_the_lints, "a/Cargo.toml", "[lints.rust]\nunsafe_code = \"allow\"\n", wrong);
    }

    #[test]
    fn a_path_under_a_home_is_found() {
        for home in HOMES {
            let wrong = format!("names a path under {home} on line 1");
            for text in [format!("{home}ada/x"), format!("cd \"{home}ada\""), format!("PATH={home}bin")] {
                check(lies_in_nobodys_home, "a", &text, Some(&wrong));
            }
            check(lies_in_nobodys_home, "a", &format!("https://example.org{home}page $HOME{home}x"), None);
        }
    }

    #[test]
    fn the_unsafe_list_is_held_from_both_sides() {
        let code = concat!("fn f() { un", "safe { g() } }");
        let file = |path: &str, text: &str| File { path: path.into(), text: text.into() };
        let files = [file("listed.rs", code), file("unlisted.rs", code), file("idle.rs", "fn f() {}")];
        assert_eq!(
            unsafe_list_faults(&files, &["listed.rs", "idle.rs", "gone.rs"]),
            [
                "unlisted.rs: unsafe, but not listed in tests/tidy.rs",
                "gone.rs: listed in tests/tidy.rs, but not unsafe",
                "idle.rs: listed in tests/tidy.rs, but not unsafe",
            ]
        );
    }

    #[test]
    fn unsafe_is_told_from_talk_about_it() {
        for (rest, expect) in [
            ("{ x() }", true),
            ("fn f();", true),
            ("impl<T> Send for A<T> {}", true),
            ("extern \"C\" {", true),
            ("trait A {}", true),
            ("code is rare", false),
        ] {
            let keyword = concat!("un", "safe");
            assert_eq!(holds_unsafe_code(&format!("pub {keyword} {rest}")), expect, "{rest}");
            assert!(!holds_unsafe_code(&format!("    // {keyword} {rest}")), "{rest}");
        }
        assert!(!holds_unsafe_code("#![expect(unsafe_code, reason = \"fast\")]"));
    }
}
