//! PRINTF: a format, as `java.util.Formatter` has it, and what is put into it.
//!
//! A format that is the same for all rows is understood once. One that is wrong, or that does not fit its values, makes null.

use std::iter::{Peekable, repeat_n};
use std::str::Chars;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use super::arguments::{Arguments, Meaning};
use super::{Answer, Function, Kind, Site, TEXT, Takes, function, rounding};
use crate::cast;
use crate::error::ExprError;
use crate::value::Value;

/// All of them.
pub(super) const ALL: &[Function] = &[function!("PRINTF", Takes::By("STRING, any …", types) => TEXT,
    "A text with values in the places that %s, %d, %f, %x and the like mark; null if the format does not fit them.",
    "PRINTF('Hello %s, %d%% of %.2f', 'World', 50, CAST(2 AS DOUBLE))" = "Hello World, 50% of 2.00",
    with |site: &Site| Meaning::of(site, 0, |text| Ok(pieces(text))), printed)];

fn types(types: &[DataType]) -> Option<Vec<DataType>> {
    let (format, values) = types.split_first()?;
    let value = |data_type: &DataType| match data_type {
        DataType::Int8 | DataType::Int16 | DataType::Int32 => DataType::Int64,
        DataType::Float32 => DataType::Float64,
        other => Kind::Any.data_type(other),
    };
    Kind::Text
        .takes(format)
        .then(|| [DataType::Utf8View].into_iter().chain(values.iter().map(value)).collect())
}

/// A part of a format.
enum Piece {
    Text(String),
    Value(Place),
}

/// A place for a value.
#[derive(Default)]
struct Place {
    /// Which one; the next, if not said.
    number: Option<usize>,
    is_left: bool,
    is_zeroed: bool,
    has_sign: bool,
    has_blank: bool,
    has_groups: bool,
    has_brackets: bool,
    is_marked: bool,
    width: usize,
    precision: Option<usize>,
    conversion: char,
}

/// The widest place.
const WIDTH_MAX: usize = 1 << 16;

fn pieces(format: &str) -> Option<Vec<Piece>> {
    let (mut pieces, mut text) = (Vec::new(), String::new());
    let mut letters = format.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        let place = place(&mut letters)?;
        match place.conversion {
            '%' => text.push('%'),
            'n' => text.push('\n'),
            _ => {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
                pieces.push(Piece::Value(place));
            }
        }
    }
    pieces.push(Piece::Text(text));
    Some(pieces)
}

fn number(letters: &mut Peekable<Chars<'_>>) -> Option<usize> {
    let mut digits = String::new();
    while let Some(digit) = letters.next_if(char::is_ascii_digit) {
        digits.push(digit);
    }
    digits.parse().ok()
}

fn place(letters: &mut Peekable<Chars<'_>>) -> Option<Place> {
    let mut place = Place::default();
    let mut rest = letters.clone();
    if let Some(number) = number(&mut rest)
        && rest.next_if_eq(&'$').is_some()
    {
        place.number = Some(number.checked_sub(1)?);
        *letters = rest;
    }
    while let Some(flag) = letters.next_if(|letter| "-0+ ,(#".contains(*letter)) {
        match flag {
            '-' => place.is_left = true,
            '0' => place.is_zeroed = true,
            '+' => place.has_sign = true,
            ' ' => place.has_blank = true,
            ',' => place.has_groups = true,
            '(' => place.has_brackets = true,
            _ => place.is_marked = true,
        }
    }
    place.width = number(letters).unwrap_or(0);
    if letters.next_if_eq(&'.').is_some() {
        place.precision = Some(number(letters)?);
    }
    place.conversion = letters.next().filter(|letter| "%nsSdfFeExXocCbB".contains(*letter))?;
    let fits = place.width <= WIDTH_MAX && place.precision.is_none_or(|digits| digits <= WIDTH_MAX);
    fits.then_some(place)
}

fn printed(formats: &Meaning<Option<Vec<Piece>>>, a: &Arguments) -> Answer {
    let columns = (1..a.len()).map(|argument| {
        let column = Value::Rows(a.column(argument)?);
        let texts = match column.data_type() {
            DataType::Boolean => None,
            _ => Some(cast::to_type(&column, &DataType::Utf8View)?.into_rows(a.rows())?),
        };
        Ok(Column { values: column.into_rows(a.rows())?, texts })
    });
    let columns = columns.collect::<Result<Vec<_>, ExprError>>()?;
    a.texts(|row, out| {
        formats.at(a, row, |pieces| {
            let Some(pieces) = pieces else { return Ok(None) };
            let mut next = 0;
            for piece in pieces {
                let place = match piece {
                    Piece::Text(text) => {
                        out.push_str(text);
                        continue;
                    }
                    Piece::Value(place) => place,
                };
                let column = place.number.unwrap_or_else(|| {
                    next += 1;
                    next - 1
                });
                let Some(value) = columns.get(column).and_then(|column| column.written(place, row)) else {
                    return Ok(None);
                };
                aligned(&value, place, out);
            }
            Ok(Some(()))
        })
    })
}

/// Values of one argument.
struct Column {
    values: ArrayRef,
    /// The same as texts. A BOOLEAN has small letters here, and needs none.
    texts: Option<ArrayRef>,
}

impl Column {
    /// What stands in a place, if it can.
    fn written(&self, place: &Place, row: usize) -> Option<String> {
        let is_null = *self.values.data_type() == DataType::Null || self.values.is_null(row);
        let upper = |text: String| if place.conversion.is_uppercase() { text.to_uppercase() } else { text };
        match place.conversion {
            'b' | 'B' => {
                let truths = self.values.as_boolean_opt();
                return Some(upper((!is_null && truths.is_none_or(|truths| truths.value(row))).to_string()));
            }
            _ if is_null => return Some(upper("null".to_owned())),
            's' | 'S' => {
                let text = match &self.texts {
                    Some(texts) => texts.as_string_view().value(row).to_owned(),
                    None => self.values.as_boolean().value(row).to_string(),
                };
                return Some(upper(match place.precision {
                    Some(letters) => text.chars().take(letters).collect(),
                    None => text,
                }));
            }
            _ => {}
        }
        let whole = || self.values.as_primitive_opt::<Int64Type>().map(|values| values.value(row));
        Some(match place.conversion {
            'd' => signed(place, whole()? < 0, &whole()?.unsigned_abs().to_string()),
            'x' | 'X' => upper(format!("{}{:x}", if place.is_marked { "0x" } else { "" }, whole()?)),
            'o' => format!("{}{:o}", if place.is_marked { "0" } else { "" }, whole()?),
            'c' | 'C' => upper(match whole() {
                Some(letter) => char::from_u32(u32::try_from(letter).ok()?)?.to_string(),
                None => self.texts.as_ref()?.as_string_view().value(row).chars().next()?.to_string(),
            }),
            'e' | 'E' => {
                let value = self.values.as_primitive_opt::<Float64Type>()?.value(row);
                upper(signed(
                    place,
                    value.is_sign_negative(),
                    &scientific(value.abs(), place.precision.unwrap_or(6)),
                ))
            }
            _ => self.fixed(place, row)?,
        })
    }

    /// With so many digits behind the point, rounded half up.
    fn fixed(&self, place: &Place, row: usize) -> Option<String> {
        let digits = place.precision.unwrap_or(6);
        if let Some(floats) = self.values.as_primitive_opt::<Float64Type>() {
            let value = floats.value(row);
            if !value.is_finite() {
                return Some(
                    if value.is_nan() {
                        "NaN"
                    } else if value > 0.0 {
                        "Infinity"
                    } else {
                        "-Infinity"
                    }
                    .to_owned(),
                );
            }
            let rounded = rounding::float(value.abs(), i32::try_from(digits).unwrap_or(i32::MAX), true);
            return Some(signed(place, value.is_sign_negative(), &format!("{rounded:.digits$}")));
        }
        matches!(self.values.data_type(), DataType::Decimal128(..)).then_some(())?;
        let text = self.texts.as_ref()?.as_string_view().value(row);
        let (is_negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
        let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
        let kept: String = rest.chars().chain(repeat_n('0', digits)).take(digits).collect();
        let mut all: i128 = format!("{whole}{kept}").parse().ok()?;
        if rest.as_bytes().get(digits).is_some_and(|digit| *digit >= b'5') {
            all += 1;
        }
        let all = format!("{all:0>width$}", width = digits + 1);
        let (whole, rest) = all.split_at(all.len() - digits);
        Some(signed(
            place,
            is_negative,
            &if digits == 0 { whole.to_owned() } else { format!("{whole}.{rest}") },
        ))
    }
}

/// `1.234560e+01`
fn scientific(value: f64, digits: usize) -> String {
    let written = format!("{value:.digits$e}");
    let (number, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{number}e{sign}{exponent:0>2}")
}

/// With groups, a sign, and zeros that fill its place.
fn signed(place: &Place, is_negative: bool, number: &str) -> String {
    let (whole, rest) = number.find(['.', 'e']).map_or((number, ""), |at| number.split_at(at));
    let mut digits = String::new();
    for (place_of, digit) in whole.chars().enumerate() {
        if place.has_groups && place_of > 0 && (whole.len() - place_of) % 3 == 0 {
            digits.push(',');
        }
        digits.push(digit);
    }
    digits.push_str(rest);
    let (before, behind) = match (is_negative, place.has_brackets) {
        (true, true) => ("(", ")"),
        (true, false) => ("-", ""),
        (false, _) if place.has_sign => ("+", ""),
        (false, _) if place.has_blank => (" ", ""),
        (false, _) => ("", ""),
    };
    let missing = match place.is_zeroed {
        true => place.width.saturating_sub(before.len() + digits.len() + behind.len()),
        false => 0,
    };
    format!("{before}{}{digits}{behind}", "0".repeat(missing))
}

fn aligned(value: &str, place: &Place, out: &mut String) {
    let missing = place.width.saturating_sub(value.chars().count());
    if !place.is_left {
        let filler = if place.is_zeroed && "xXo".contains(place.conversion) { '0' } else { ' ' };
        out.extend(repeat_n(filler, missing));
    }
    out.push_str(value);
    if place.is_left {
        out.extend(repeat_n(' ', missing));
    }
}
