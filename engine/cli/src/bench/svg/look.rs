//! How pictures look: colours for readers of light and of dark pages, sizes of letters.
//!
//! A picture has a ground of its own, so that it can be read wherever it stands; both follow what the reader has set.

use std::fmt::Write;

/// The size of letters: of the picture's title, of a chart's, of all others, of values.
pub(super) const TITLE: f64 = 18.0;
pub(super) const HEAD: f64 = 13.0;
pub(super) const WORDS: f64 = 12.0;
pub(super) const SMALL: f64 = 10.5;
/// What a letter takes of its size, on average.
pub(super) const LETTER: f64 = 0.56;

/// The colours of series, told apart in grey and by most who do not see all of them: on light, on dark ground.
const SERIES: [(&str, &str); 6] = [
    ("#0b62c4", "#58a6ff"),
    ("#e8770c", "#ffa657"),
    ("#12805c", "#56d4a0"),
    ("#8a4fd0", "#d2a8ff"),
    ("#c2255c", "#ff8fb0"),
    ("#6e7781", "#9aa4ae"),
];
/// The others: a class, what it colours, on light ground, on dark ground.
const OTHERS: [(&str, &str, &str, &str); 6] = [
    ("ground", "fill", "#ffffff", "#0d1117"),
    ("frame", "stroke", "#d8dee4", "#30363d"),
    ("grid", "stroke", "#e6eaef", "#21262d"),
    ("axis", "stroke", "#8c959f", "#6e7681"),
    ("word", "fill", "#1f2328", "#e6edf3"),
    ("pale", "fill", "#59636e", "#9198a1"),
];

/// The classes of all that is drawn.
pub(super) fn style() -> String {
    let mut text = "<style>".to_owned();
    let colours = |dark: bool, to: &mut String| {
        for (number, (on_light, on_dark)) in SERIES.iter().enumerate() {
            let colour = if dark { on_dark } else { on_light };
            let _ = write!(to, ".fill{number}{{fill:{colour}}}.line{number}{{stroke:{colour}}}");
        }
        for (class, what, on_light, on_dark) in OTHERS {
            let colour = if dark { on_dark } else { on_light };
            let _ = write!(to, ".{class}{{{what}:{colour}}}");
        }
    };
    colours(false, &mut text);
    text.push_str("@media (prefers-color-scheme:dark){");
    colours(true, &mut text);
    text.push_str("}</style>\n");
    text
}

/// The colour of a series, as classes have it.
pub(super) fn colour(number: usize) -> usize {
    number % SERIES.len()
}

/// How wide a text is, more or less.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * LETTER
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
