//! A chart of a report: bars in the terminal, bars or lines as SVG. Written by hand, for it is forty rectangles.

use std::fmt::Write;

use crate::bench::scale::Scale;
use crate::bench::spread::short;

/// How wide the longest bar of a terminal is.
const BAR_LETTERS: f64 = 40.0;
/// Eighths of a letter.
const EIGHTHS: [char; 8] = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// The measures of a picture.
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 64.0;
const TOP: f64 = 48.0;
const BELOW: f64 = 40.0;
const BAR: f64 = 14.0;
const BETWEEN: f64 = 12.0;
const WIDTH_MIN: f64 = 520.0;
/// What a letter of the words below takes, on average.
const SMALL_LETTER: f64 = 5.0;
/// Told apart in grey, and by most who do not see all colours.
const COLOURS: [&str; 6] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];

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
    fn scale(&self) -> Scale {
        Scale::of(self.series.iter().flat_map(|(_, values)| values.iter().copied().flatten()))
    }

    fn title(&self) -> String {
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

    fn width(&self) -> f64 {
        let bars = self.labels.len() as f64 * (self.series.len() as f64 * BAR + BETWEEN);
        (LEFT + bars + BETWEEN).max(WIDTH_MIN)
    }

    /// The picture, from this height on.
    fn draw(&self, to: &mut String, top: f64) {
        let (scale, width) = (self.scale(), self.width());
        let (floor, ceiling) = (top + TOP + HEIGHT, top + TOP);
        let height_of = |value: f64| floor - scale.place(value) * HEIGHT;
        let _ = writeln!(
            to,
            r##"<text x="8" y="{}" font-weight="bold">{}</text>"##,
            top + 18.0,
            escaped(&self.title())
        );
        let mut x = LEFT;
        for (number, (name, _)) in self.series.iter().enumerate() {
            let colour = COLOURS[number % COLOURS.len()];
            let _ = writeln!(
                to,
                r##"<rect x="{x}" y="{}" width="10" height="10" fill="{colour}"/>"##,
                top + 27.0
            );
            let _ = writeln!(to, r##"<text x="{}" y="{}">{}</text>"##, x + 14.0, top + 36.0, escaped(name));
            x += 32.0 + 7.0 * name.chars().count() as f64;
        }
        for (place, text) in scale.marks() {
            let y = floor - place * HEIGHT;
            let _ = writeln!(to, r##"<path d="M{LEFT} {y:.1}H{width}" stroke="#ddd"/>"##);
            let _ = writeln!(
                to,
                r##"<text x="{}" y="{:.1}" text-anchor="end">{text}</text>"##,
                LEFT - 6.0,
                y + 4.0
            );
        }
        let step = (width - LEFT - BETWEEN) / self.labels.len().max(1) as f64;
        let middle = |place: usize| LEFT + BETWEEN + step * place as f64 + step / 2.0 - BETWEEN / 2.0;
        for (place, label) in self.labels.iter().enumerate() {
            let (x, y) = (middle(place), floor + 18.0);
            let _ =
                writeln!(to, r##"<text x="{x:.1}" y="{y}" text-anchor="middle">{}</text>"##, escaped(label));
        }
        for (number, (name, values)) in self.series.iter().enumerate() {
            let colour = COLOURS[number % COLOURS.len()];
            let points = values.iter().enumerate().filter_map(|(place, value)| Some((place, (*value)?)));
            match self.form {
                Form::Bars => points.for_each(|(place, value)| {
                    let offset = (number as f64 - self.series.len() as f64 / 2.0) * BAR;
                    let (x, y) = (middle(place) + offset, height_of(value));
                    let (title, bar) = (escaped(&format!("{} {name}: {}", self.labels[place], short(value))), BAR - 2.0);
                    let _ = writeln!(
                        to,
                        r##"<rect x="{x:.1}" y="{y:.1}" width="{bar}" height="{:.1}" fill="{colour}"><title>{title}</title></rect>"##,
                        floor - y
                    );
                }),
                Form::Lines => {
                    let points: Vec<String> =
                        points.map(|(place, value)| format!("{:.1},{:.1}", middle(place), height_of(value))).collect();
                    let points = points.join(" ");
                    let _ = writeln!(to, r##"<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>"##);
                }
            }
        }
        let _ = writeln!(to, r##"<path d="M{LEFT} {ceiling}V{floor}H{width}" fill="none" stroke="#444"/>"##);
    }
}

/// All charts of a report below each other, and in the end what must be known of them.
pub(crate) fn svg(charts: &[Chart], words: &[String]) -> String {
    let one = TOP + HEIGHT + BELOW;
    let longest = words.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    let width = charts.iter().map(Chart::width).fold(16.0 + SMALL_LETTER * longest as f64, f64::max);
    let height = one * charts.len() as f64 + 16.0 * words.len() as f64 + 12.0;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    let mut top = 0.0;
    for chart in charts {
        chart.draw(&mut text, top);
        top += one;
    }
    for line in words {
        top += 16.0;
        let _ = writeln!(
            text,
            "<text x=\"8\" y=\"{top}\" font-size=\"10\" fill=\"#666\">{}</text>",
            escaped(line)
        );
    }
    text.push_str("</svg>\n");
    text
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

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(form: Form) -> Chart {
        Chart {
            title: "events/s & more".to_owned(),
            form,
            labels: vec!["q0".to_owned(), "q1".to_owned()],
            series: vec![
                ("millstream".to_owned(), vec![Some(8.0), Some(4.0)]),
                ("<other>".to_owned(), vec![Some(2.0), None]),
            ],
        }
    }

    #[test]
    fn bars_are_as_long_as_their_values() {
        let full = "█".repeat(40);
        let expected = format!(
            "events/s & more\nq0  millstream  {full} 8.00\n    <other>     {} 2.00\nq1  millstream  {} 4.00\n    <other>     –\n",
            "█".repeat(10),
            "█".repeat(20)
        );
        assert_eq!(chart(Form::Bars).bars(), expected);
    }

    #[test]
    fn pictures_have_a_place_for_each_value_and_no_bare_angle() {
        let text = svg(&[chart(Form::Bars), chart(Form::Lines)], &["a < b".to_owned()]);
        assert_eq!(text.matches("<title>").count(), 3);
        assert_eq!(text.matches("<polyline").count(), 2);
        assert!(
            text.contains("events/s &amp; more")
                && text.contains("&lt;other&gt;")
                && text.contains("a &lt; b")
        );
    }
}
