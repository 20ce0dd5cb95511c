//! Functions of the parts of a text, and of one among several texts.

use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringViewBuilder};
use arrow_schema::DataType;

use super::arguments::{Arguments, Octets};
use super::{Answer, Function, Gives, Kind, TEXT, Takes, function, scan};
use crate::cast;
use crate::types::{common, list_of};

/// All of them.
pub(super) const ALL: &[Function] = &[
    function!("SPLIT_INDEX", Takes::By("STRING, STRING or INT, INT", split_index_types) => TEXT,
        "One of the parts of a text, from 0; null if there are not so many. A delimiter may be the number of a letter.",
        "SPLIT_INDEX('https://a.b/c', '/', 2)" = "a.b", split_index),
    function!("SPLIT", Takes::These(&[Kind::Text, Kind::Text], 0) => TEXTS,
    "All parts of a text; its letters, if the delimiter is empty.",
    "SPLIT('a,b,,c', ',')" = "[a, b, , c]", |a: &Arguments| {
        let (text, between) = (a.text(0), a.text(1));
        lists(a, |row, out| {
            let (Some(text), Some(between)) = (text.at(row), between.at(row)) else { return false };
            match between {
                "" if text.is_empty() => out.append_value(""),
                "" => text.chars().for_each(|letter| out.append_value(letter.encode_utf8(&mut [0; 4]))),
                between => text.split(between).for_each(|part| out.append_value(part)),
            }
            true
        })
    }),
    function!("ELT", Takes::By("BIGINT, STRING …, or BIGINT, BYTES …", elt_types) => Gives::By(|types, _| types.get(1).cloned()),
        "The text of this number among those that follow, from 1; null if there are not so many.",
        "ELT(2, 'scala', 'java')" = "java", elt),
];

/// `ARRAY<STRING>`.
pub(super) const TEXTS: Gives = Gives::By(|_, _| Some(list_of(DataType::Utf8View)));

/// An array of texts for each row, of what `add` adds; null if it says no.
pub(super) fn lists(a: &Arguments, mut add: impl FnMut(usize, &mut StringViewBuilder) -> bool) -> Answer {
    let mut lists = ListBuilder::with_capacity(StringViewBuilder::new(), a.rows());
    for row in 0..a.rows() {
        let is_valid = add(row, lists.values());
        lists.append(is_valid);
    }
    Ok(a.finish(Arc::new(lists.finish())))
}

fn split_index_types(types: &[DataType]) -> Option<Vec<DataType>> {
    let [text, between, number] = types else { return None };
    let between = match between {
        between if Kind::Text.takes(between) => DataType::Utf8View,
        between if Kind::Whole.takes(between) => DataType::Int32,
        _ => return None,
    };
    let fits = Kind::Text.takes(text) && Kind::Whole.takes(number);
    fits.then_some(vec![DataType::Utf8View, between, DataType::Int32])
}

/// An empty text has no parts, and an empty delimiter is a blank: so it is in Flink.
fn split_index(a: &Arguments) -> Answer {
    let number = a.whole(2);
    let letters = (*a.array(1).0.data_type() == DataType::Int32).then(|| a.whole(1));
    let between = letters.is_none().then(|| a.text(1));
    let mut buffer = [0; 4];
    a.parts(0, |row, text| {
        Ok((|| {
            let number = usize::try_from(number.at(row)?).ok().filter(|_| !text.is_empty())?;
            let letter = match &letters {
                None => None,
                Some(letters) => Some(u8::try_from(letters.at(row)?).ok().filter(|letter| *letter > 0)?),
            };
            let between = match (letter, between) {
                (Some(letter), _) => char::from(letter).encode_utf8(&mut buffer),
                (None, Some(between)) => between.at(row)?,
                (None, None) => return None,
            };
            match between.as_bytes() {
                [] => text.split(char::is_whitespace).nth(number),
                [letter] => part(text, *letter, number),
                _ => text.split(between).nth(number),
            }
        })())
    })
}

/// One of the parts between letters of ASCII.
fn part(text: &str, letter: u8, number: usize) -> Option<&str> {
    let start = match number.checked_sub(1) {
        None => 0,
        Some(others) => scan::nth(text.as_bytes(), letter, others)? + 1,
    };
    let rest = &text[start..];
    Some(&rest[..scan::nth(rest.as_bytes(), letter, 0).unwrap_or(rest.len())])
}

fn elt_types(types: &[DataType]) -> Option<Vec<DataType>> {
    let (number, texts) = types.split_first().filter(|(_, texts)| !texts.is_empty())?;
    let common = common(texts).filter(|common| Kind::Octets.takes(common) && Kind::Long.takes(number))?;
    let common = Kind::Octets.data_type(&common);
    Some([DataType::Int64].into_iter().chain(texts.iter().map(|_| common.clone())).collect())
}

fn elt(a: &Arguments) -> Answer {
    let number = a.long(0);
    let all: Vec<Octets<'_>> = (1..a.len()).map(|argument| a.octets(argument)).collect();
    let chosen = |row: usize| {
        let number = usize::try_from(number.at(row)?).ok()?.checked_sub(1)?;
        all.get(number)?.at(row)
    };
    let bytes = a.bytes(|row, out| Ok(chosen(row).map(|chosen| out.extend_from_slice(chosen))))?;
    cast::to_type(&bytes, a.result())
}
