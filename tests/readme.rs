//! The first steps work: README names the scripts that a newcomer needs, and no page links to nowhere.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::{checkout, markdown};

const FIRST_STEPS: [&str; 2] = ["scripts/demo", "scripts/test"];

#[test]
fn the_readme_names_the_first_steps_and_they_can_be_taken() {
    let readme = checkout::read("README.md");
    for script in FIRST_STEPS {
        assert!(readme.contains(script), "README.md does not name {script}");
        let mode = fs::metadata(checkout::root().join(script)).expect(script).permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{script} is not executable");
    }
}

#[test]
fn every_link_leads_to_a_file_and_a_part_of_it() {
    let root = checkout::root();
    let pages = checkout::files(".md");
    let has = |file: &Path, part: &str| {
        let path = root.join(file);
        let is_page = file.extension().is_some_and(|end| end == "md");
        match (part, is_page) {
            ("", _) | (_, false) => path.exists(),
            _ => {
                fs::read_to_string(path).is_ok_and(|text| markdown::parts(&text).iter().any(|it| it == part))
            }
        }
    };
    let broken: Vec<_> = pages.iter().flat_map(|page| broken_links(&page.path, &page.text, has)).collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// The rule, by what a file has; links to other places than this checkout are not ours to keep.
fn broken_links(path: &str, text: &str, has: impl Fn(&Path, &str) -> bool) -> Vec<String> {
    let page = Path::new(path);
    let folder = page.parent().expect("a page is a file");
    let leads_nowhere = |link: &&str| {
        let (file, part) = link.split_once('#').unwrap_or((link, ""));
        let elsewhere = link.contains("://") || link.starts_with("mailto:");
        let file = if file.is_empty() { page.to_owned() } else { folder.join(file) };
        !elsewhere && !has(&file, part)
    };
    let links = markdown::links(text);
    links.into_iter().filter(leads_nowhere).map(|link| format!("{path}: nothing at {link}")).collect()
}

#[test]
fn a_link_to_nowhere_is_found() {
    let text = "[here](there.md#part) [gone](../gone.md) [part](#part) [lost](there.md#lost) [web](https://example.org/gone.md)";
    let files = ["docs/there.md", "docs/page.md"].map(Path::new);
    let broken = broken_links("docs/page.md", text, |file, part| {
        files.contains(&file) && ["", "part"].contains(&part)
    });
    assert_eq!(broken, ["docs/page.md: nothing at ../gone.md", "docs/page.md: nothing at there.md#lost"]);
}
