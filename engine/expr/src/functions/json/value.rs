//! A JSON value, which keeps parts of the text that it was read from, and how it is written.

use std::borrow::Cow;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Truth(bool),
    /// As it is written.
    Number(&'a str),
    Text(Cow<'a, str>),
    Array(Vec<Json<'a>>),
    /// As they come; of equal keys the last one counts.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    pub(super) fn is_scalar(&self) -> bool {
        !matches!(self, Self::Array(_) | Self::Object(_))
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => {
                entries.iter().rev().find(|(other, _)| other == key).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Elements of an array, or values of an object.
    pub(super) fn children(&self) -> Vec<&Self> {
        match self {
            Self::Array(elements) => elements.iter().collect(),
            Self::Object(entries) => {
                let counts = |at: usize| entries[at + 1..].iter().all(|(other, _)| *other != entries[at].0);
                (0..entries.len()).filter(|at| counts(*at)).map(|at| &entries[at].1).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Writes it without blanks.
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Truth(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Self::Number(number) => out.push_str(&canonical(number)),
            Self::Text(text) => write_text(text, out),
            Self::Array(elements) => {
                out.push('[');
                for (number, element) in elements.iter().enumerate() {
                    out.push_str(if number == 0 { "" } else { "," });
                    element.write(out);
                }
                out.push(']');
            }
            Self::Object(entries) => {
                let mut sorted: Vec<&(Cow<'_, str>, Self)> = entries.iter().collect();
                // The sort keeps the order of equal keys, and the last one counts.
                sorted.sort_by(|one, other| one.0.cmp(&other.0));
                out.push('{');
                let last = |at: usize| sorted.get(at + 1).is_none_or(|next| next.0 != sorted[at].0);
                for (number, at) in (0..sorted.len()).filter(|at| last(*at)).enumerate() {
                    out.push_str(if number == 0 { "" } else { "," });
                    write_text(&sorted[at].0, out);
                    out.push(':');
                    sorted[at].1.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// A text in quotes.
pub(super) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control if control < ' ' => out.push_str(&format!("\\u{:04X}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
}

/// A number as Java's `BigDecimal` prints it: with an exponent only if it was written so and does not fit without.
pub(super) fn canonical(number: &str) -> Cow<'_, str> {
    let Some((digits, exponent)) = number.split_once(['e', 'E']) else {
        return Cow::Borrowed(if number == "-0" { "0" } else { number });
    };
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{rest}");
    let all = all.trim_start_matches('0');
    let all = if all.is_empty() { "0" } else { all };
    let (Ok(exponent), Ok(behind), Ok(count)) =
        (exponent.parse::<i64>(), i64::try_from(rest.len()), i64::try_from(all.len()))
    else {
        return Cow::Borrowed(number);
    };
    let scale = behind - exponent;
    let adjusted = count - 1 - scale;
    Cow::Owned(if scale >= 0 && adjusted >= -6 {
        let scale = usize::try_from(scale).unwrap_or(0);
        let padded = format!("{all:0>width$}", width = scale + 1);
        let (whole, rest) = padded.split_at(padded.len() - scale);
        if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
    } else {
        let (first, rest) = all.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        format!("{sign}{first}{point}{rest}E{adjusted:+}")
    })
}
