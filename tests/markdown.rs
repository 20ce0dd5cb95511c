//! As much of Markdown as our promises need: titles and links, but not those inside code.

/// How many headings of the first level a page has.
pub(crate) fn titles(text: &str) -> usize {
    prose(text).filter(|line| line.starts_with("# ")).count()
}

/// What links to parts of a page call them: its headings, in small letters, with hyphens for blanks and no other signs.
pub(crate) fn parts(text: &str) -> Vec<String> {
    let headings = prose(text).filter(|line| line.starts_with('#'));
    let part = |heading: &str| {
        let letters = heading.trim_start_matches('#').trim().chars().flat_map(char::to_lowercase);
        let kept = letters.filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
        kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
    };
    headings.map(part).collect()
}

/// Where the links of a page lead.
pub(crate) fn links(text: &str) -> Vec<&str> {
    let mut links = Vec::new();
    for line in prose(text) {
        // Every second piece between backticks is code; a link around code is still whole at its `](`.
        for piece in line.split('`').step_by(2) {
            let targets = piece.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
            links.extend(targets);
        }
    }
    links
}

/// The lines outside fenced code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

#[test]
fn titles_in_code_do_not_count() {
    assert_eq!(titles("# A\n## B\n```sh\n# a comment\n```\ntext # C\n"), 1);
    assert_eq!(titles("# A\n# B\n"), 2);
    assert_eq!(titles("#A\n"), 0);
}

#[test]
fn a_part_is_a_heading_without_signs() {
    assert_eq!(
        parts("# A page\n## SET, `RESET`\n```sh\n# no\n```\n### x-y_z"),
        ["a-page", "set-reset", "x-y_z"]
    );
}

#[test]
fn links_in_code_do_not_count() {
    let text = "[a](x.md) and [`b`](y/z.md#part \"title\")\n`[c](no.md)`\n```\n[d](no.md)\n```\n![e](p.svg)";
    assert_eq!(links(text), ["x.md", "y/z.md#part", "p.svg"]);
}
