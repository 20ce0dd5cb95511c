//! A chart of a report, and its bars in the terminal; `svg.rs` draws it.

use std::fmt::Write;

use crate::bench::scale::Scale;
use crate::bench::spread::short;

/// How wide the longest bar of a terminal is.
const BAR_LETTERS: f64 = 40.0;
/// Eighths of a letter.
const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// What its values look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Bars,
    Lines,
}

/// Some values for each label, one of each series.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) form: Form,
    pub(crate) labels: Vec<String>,
    pub(crate) series: Vec<(String, Vec<Option<f64>>)>,
}

impl Chart {
    /// The axis of its values.
    pub(crate) fn scale(&self) -> Scale {
        Scale::of(self.series.iter().flat_map(|(_, values)| values.iter().copied().flatten()))
    }

    /// What it shows, and how.
    pub(crate) fn title(&self) -> String {
        let log = if self.scale().is_log() { ", powers of ten" } else { "" };
        format!("{}{log}", self.title)
    }

    /// For a terminal.
    pub(crate) fn bars(&self) -> String {
        let scale = self.scale();
        let width = |texts: &mut dyn Iterator<Item = &String>| texts.map(|text| text.chars().count()).max();
        let labels = width(&mut self.labels.iter()).unwrap_or(0);
        let names = width(&mut self.series.iter().map(|(name, _)| name)).unwrap_or(0);
        let mut text = format!("{}\n", self.title());
        for (place, label) in self.labels.iter().enumerate() {
            for (number, (name, values)) in self.series.iter().enumerate() {
                let label = if number == 0 { label } else { "" };
                let _ = match values.get(place).copied().flatten() {
                    Some(value) => writeln!(
                        text,
                        "{label:<labels$}  {name:<names$}  {} {}",
                        bar(scale.place(value)),
                        short(value)
                    ),
                    None => writeln!(text, "{label:<labels$}  {name:<names$}  –"),
                };
            }
        }
        text
    }
}

fn bar(share: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 320")]
    let eighths = (share * BAR_LETTERS * 8.0).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    match eighths {
        0 => bar.push('▏'),
        _ if !eighths.is_multiple_of(8) => bar.push(EIGHTHS[eighths % 8]),
        _ => {}
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_values() {
        let chart = Chart {
            title: "events/s".to_owned(),
            form: Form::Bars,
            labels: vec!["q0".to_owned(), "q1".to_owned()],
            series: vec![
                ("millstream".to_owned(), vec![Some(8.0), Some(4.0)]),
                ("other".to_owned(), vec![Some(2.0), None]),
            ],
        };
        let full = "█".repeat(40);
        let expected = format!(
            "events/s\nq0  millstream  {full} 8.00\n    other       {} 2.00\nq1  millstream  {} 4.00\n    other       –\n",
            "█".repeat(10),
            "█".repeat(20)
        );
        assert_eq!(chart.bars(), expected);
    }
}
