//! A chart of a report, and its bars in the terminal; `svg/` draws it.

use std::fmt::Write;

use crate::bench::scale::Scale;
use crate::bench::spread::short;

/// How wide the longest bar of a terminal is.
const BAR_LETTERS: f64 = 40.0;
/// Eighths of a letter.
const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// All charts of a report: those of a row stand beside each other, on one axis.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    pub(crate) title: String,
    pub(crate) rows: Vec<Vec<Chart>>,
}

/// What its values look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Bars,
    Lines,
}

/// A value for each label, or none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series {
    pub(crate) name: String,
    /// Which colour of the palette: an engine has the same one in all charts of a picture.
    pub(crate) colour: usize,
    pub(crate) values: Vec<Option<f64>>,
}

/// Some values for each label, one of each series.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) form: Form,
    pub(crate) labels: Vec<String>,
    pub(crate) series: Vec<Series>,
    /// What stands behind a value: ` %`.
    pub(crate) unit: &'static str,
    /// Where bars begin that go both ways, by powers of ten.
    pub(crate) base: Option<f64>,
    /// So many of the last labels are no further steps of those before them: no line leads there.
    pub(crate) apart: usize,
}

impl Chart {
    /// One whose bars stand on the floor, and whose lines lead through all labels. Colours are those of the series' order.
    pub(crate) fn of(
        title: &str,
        form: Form,
        labels: Vec<String>,
        series: Vec<(String, Vec<Option<f64>>)>,
    ) -> Self {
        let series = series
            .into_iter()
            .enumerate()
            .map(|(colour, (name, values))| Series { name, colour, values })
            .collect();
        Self { title: title.to_owned(), form, labels, series, unit: "", base: None, apart: 0 }
    }

    /// All of its values.
    pub(crate) fn values(&self) -> impl Iterator<Item = f64> + Clone + '_ {
        self.series.iter().flat_map(|series| series.values.iter().copied().flatten())
    }

    /// The axis of its values.
    pub(crate) fn scale(&self) -> Scale {
        match self.base {
            Some(base) => Scale::about(base, self.values()),
            None => Scale::of(self.values()),
        }
    }

    /// For a terminal.
    pub(crate) fn bars(&self) -> String {
        let scale = self.scale();
        let width = |texts: &mut dyn Iterator<Item = &String>| texts.map(|text| text.chars().count()).max();
        let labels = width(&mut self.labels.iter()).unwrap_or(0);
        let names = width(&mut self.series.iter().map(|series| &series.name)).unwrap_or(0);
        let log = if scale.is_log() { ", powers of ten" } else { "" };
        let mut text = format!("{}{log}\n", self.title);
        for (place, label) in self.labels.iter().enumerate() {
            for (number, Series { name, values, .. }) in self.series.iter().enumerate() {
                let label = if number == 0 { label } else { "" };
                let _ = match values.get(place).copied().flatten() {
                    Some(value) => writeln!(
                        text,
                        "{label:<labels$}  {name:<names$}  {} {}{}",
                        bar(scale.place(value)),
                        short(value),
                        self.unit
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
        let chart = Chart::of(
            "events/s",
            Form::Bars,
            vec!["q0".to_owned(), "q1".to_owned()],
            vec![
                ("millstream".to_owned(), vec![Some(8.0), Some(4.0)]),
                ("other".to_owned(), vec![Some(2.0), None]),
            ],
        );
        let full = "█".repeat(40);
        let expected = format!(
            "events/s\nq0  millstream  {full} 8.00\n    other       {} 2.00\nq1  millstream  {} 4.00\n    other       –\n",
            "█".repeat(10),
            "█".repeat(20)
        );
        assert_eq!(chart.bars(), expected);
    }
}
