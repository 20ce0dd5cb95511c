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
fn every_link_leads_to_a_file() {
    let root = checkout::root();
    let pages = checkout::files(".md");
    let broken: Vec<_> = pages
        .iter()
        .flat_map(|page| broken_links(&page.path, &page.text, |target| root.join(target).exists()))
        .collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// The rule; links to other places than this checkout are not ours to keep.
fn broken_links(path: &str, text: &str, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let folder = Path::new(path).parent().expect("a page is a file");
    let leads_nowhere = |link: &&str| {
        let file = link.split('#').next().unwrap_or_default();
        let elsewhere = link.contains("://") || link.starts_with("mailto:");
        !file.is_empty() && !elsewhere && !exists(&folder.join(file))
    };
    let links = markdown::links(text);
    links.into_iter().filter(leads_nowhere).map(|link| format!("{path}: nothing at {link}")).collect()
}

#[test]
fn a_link_to_nowhere_is_found() {
    let text = "[here](there.md#part) [gone](../gone.md) [part](#part) [web](https://example.org/gone.md)";
    let broken = broken_links("docs/page.md", text, |target| target == Path::new("docs/there.md"));
    assert_eq!(broken, ["docs/page.md: nothing at ../gone.md"]);
}
