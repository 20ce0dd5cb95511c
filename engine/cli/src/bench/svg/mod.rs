//! Charts as a picture. Written by hand, for it is some hundred rectangles and some words.
//!
//! | part | file |
//! |---|---|
//! | where everything stands; what must be known, below | here |
//! | one chart: its head, its axes | `panel.rs` |
//! | bars, lines, the values beside them | `values.rs` |
//! | colours and sizes | `look.rs` |

mod look;
mod panel;
mod values;

use std::fmt::Write;

use crate::bench::chart::{Chart, Picture};
use crate::bench::scale::Scale;

use look::{SMALL, TITLE, escaped, style};
use panel::Panel;

/// As wide as a README is.
const WIDTH: f64 = 860.0;
/// Around all of it, and between charts that stand beside each other.
const MARGIN: f64 = 20.0;
const GAP: f64 = 16.0;
/// Beside the first chart of a row: the texts of its axis.
const AXIS: f64 = 44.0;
/// Where a line goes on that was too long.
const HANGING: f64 = 88.0;
/// The letters of a report's line that say what it is about.
const LABEL: usize = 12;
const LINE: f64 = 15.0;

/// All charts of a report, and in the end what must be known of them.
pub(crate) fn svg(picture: &Picture, words: &[String]) -> String {
    let mut body = String::new();
    let mut top = MARGIN + TITLE;
    let title = escaped(&picture.title);
    let _ = writeln!(
        body,
        r#"<text class="word" x="{MARGIN}" y="{top}" font-size="{TITLE}" font-weight="600">{title}</text>"#
    );
    for row in &picture.rows {
        top = drawn(row, top + GAP, &mut body);
    }
    top += GAP;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred letters")]
    let letters = ((WIDTH - HANGING - MARGIN) / (SMALL * look::LETTER)) as usize;
    for line in words {
        let (label, line) = labelled(line);
        let first = top + LINE;
        for (x, line) in wrapped(line, letters, if label.is_empty() { MARGIN } else { HANGING }) {
            top += LINE;
            let line = escaped(&line);
            let _ =
                writeln!(body, r#"<text class="pale" x="{x}" y="{top}" font-size="{SMALL}">{line}</text>"#);
        }
        if !label.is_empty() {
            let label = escaped(label);
            let _ = writeln!(
                body,
                r#"<text class="word" x="{MARGIN}" y="{first}" font-size="{SMALL}">{label}</text>"#
            );
        }
    }
    let height = top + MARGIN;
    let (right, bottom) = (WIDTH - 1.0, height - 1.0);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" \
         role=\"img\" font-family=\"-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif\">\n\
         <title>{title}</title>\n{}\
         <rect class=\"ground frame\" x=\"0.5\" y=\"0.5\" width=\"{right}\" height=\"{bottom}\" rx=\"8\"/>\n{body}</svg>\n",
        style()
    )
}

/// Draws charts beside each other from this height on, on one axis; where they end.
fn drawn(row: &[Chart], top: f64, to: &mut String) -> f64 {
    let scale = match row {
        [alone] => alone.scale(),
        _ => Scale::of(row.iter().flat_map(Chart::values).collect::<Vec<_>>().into_iter()),
    };
    let count = row.len().max(1) as f64;
    let width = (WIDTH - 2.0 * MARGIN - AXIS - GAP * (count - 1.0)) / count;
    let panel = |(place, chart)| Panel {
        chart,
        scale,
        left: MARGIN + AXIS + place as f64 * (width + GAP),
        width,
        is_first: place == 0,
    };
    let panels: Vec<Panel<'_>> = row.iter().enumerate().map(panel).collect();
    let head = panels.iter().map(Panel::head_height).fold(0.0, f64::max);
    panels.iter().map(|panel| panel.draw(top, top + head, to)).fold(top, f64::max)
}

/// What a line of a report's head is about, and the rest of it; of another line nothing and all of it.
fn labelled(line: &str) -> (&str, &str) {
    match line.split_at_checked(LABEL) {
        Some((label, rest)) if label.ends_with("  ") && !label.trim_end().is_empty() => {
            (label.trim_end(), rest)
        }
        _ => ("", line),
    }
}

/// A line in as many as it takes, none of more letters unless a word has them, and where each begins: the first one here.
fn wrapped(line: &str, letters: usize, first: f64) -> Vec<(f64, String)> {
    let mut lines: Vec<(f64, String)> = Vec::new();
    for word in line.split_whitespace() {
        match lines.last_mut() {
            Some((_, line)) if line.chars().count() + 1 + word.chars().count() <= letters => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push((HANGING, word.to_owned())),
            None => lines.push((first, word.to_owned())),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::chart::Form;

    fn chart(form: Form) -> Chart {
        Chart::of(
            "events/s & more",
            form,
            vec!["q0".to_owned(), "q1".to_owned()],
            vec![
                ("millstream".to_owned(), vec![Some(8.0), Some(4.0)]),
                ("<other>".to_owned(), vec![Some(2.0), None]),
            ],
        )
    }

    fn drawn_of(rows: Vec<Vec<Chart>>, words: &[String]) -> String {
        svg(&Picture { title: "Nexmark".to_owned(), rows }, words)
    }

    #[test]
    fn there_is_a_place_for_each_value_and_no_bare_angle() {
        let text = drawn_of(vec![vec![chart(Form::Bars)], vec![chart(Form::Lines)]], &["a < b".to_owned()]);
        // Of each value of a chart, of the one that is not there, and of the picture.
        assert_eq!(text.matches("<title>").count(), 4 + 3 + 1);
        assert!(text.contains("<title>q1 &lt;other&gt;: no figure</title>"), "{text}");
        assert!(text.contains("events/s &amp; more") && text.contains("a &lt; b"));
    }

    #[test]
    fn a_long_line_goes_on_below() {
        let line = |x: f64, text: &str| (x, text.to_owned());
        let expected = [line(MARGIN, "settings one 1,"), line(HANGING, "two 2, three"), line(HANGING, "333")];
        assert_eq!(wrapped("settings    one 1, two 2, three 333", 15, MARGIN), expected);
        assert_eq!(labelled("settings    one 1, two 2"), ("settings", "one 1, two 2"));
        assert_eq!(labelled("in doubt    it may be"), ("in doubt", "it may be"));
    }

    #[test]
    fn every_picture_is_as_wide_as_a_page() {
        let many = |count: usize| Chart {
            labels: (0..count).map(|query| format!("q{query}")).collect(),
            series: vec![crate::bench::chart::Series {
                name: "millstream".to_owned(),
                colour: 0,
                values: (0..count).map(|query| Some(query as f64)).collect(),
            }],
            ..chart(Form::Bars)
        };
        for rows in [vec![vec![many(1)]], vec![vec![many(60)]], vec![vec![many(3), many(3), many(3)]]] {
            let text = drawn_of(rows, &["word ".repeat(1000)]);
            assert!(text.starts_with("<svg ") && text.contains("width=\"860\""), "{text}");
        }
    }

    #[test]
    fn higher_values_stand_higher_and_smaller_ones_than_the_base_below_it() {
        let text = drawn_of(vec![vec![chart(Form::Lines)]], &[]);
        let points = text.split("points=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let heights: Vec<f64> =
            points.split(' ').map(|point| point.split(',').nth(1).unwrap().parse().unwrap()).collect();
        assert_eq!(heights[1] - heights[0], panel::HEIGHT / 2.0);

        let ratios = vec![Some(4.0), Some(0.5)];
        let ratios = Chart {
            base: Some(1.0),
            ..Chart::of("", Form::Bars, chart(Form::Bars).labels, vec![("other".to_owned(), ratios)])
        };
        let text = drawn_of(vec![vec![ratios]], &[]);
        let bars: Vec<(f64, f64)> = text
            .lines()
            .filter(|line| line.starts_with("<rect class=\"fill0\"") && line.contains("<title>"))
            .map(|line| (attribute(line, " y"), attribute(line, " height")))
            .collect();
        let base = bars[0].0 + bars[0].1;
        assert!((bars[1].0 - base).abs() < 0.11, "{bars:?}");
    }

    fn attribute(line: &str, name: &str) -> f64 {
        let rest = line.split(&format!("{name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    }
}
