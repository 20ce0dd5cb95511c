//! Functions of regular expressions. One that is the same for all rows is compiled once.
//!
//! | what is no regular expression | comes to |
//! |---|---|
//! | in REGEXP, REGEXP_EXTRACT, REGEXP_REPLACE, STR_TO_MAP, SIMILAR | an error |
//! | in all others | null, as Flink's documentation has it |

use std::sync::Arc;

use arrow_array::builder::{MapBuilder, MapFieldNames, StringViewBuilder};
use arrow_array::types::Int32Type;
use arrow_schema::DataType;
use regex::{CaptureLocations, Regex};

use super::arguments::{Arguments, Meaning};
use super::shape::Shape;
use super::split::{TEXTS, lists};
use super::text::length;
use super::{Answer, Function, Gives, Kind, Site, TEXT, TRUTH, Takes, WHOLE, function};
use crate::error::ExprError;
use crate::types::map_of;

/// A regular expression that must be one.
type Strict = Meaning<Regex>;
/// One that need not.
type Lenient = Meaning<Option<Regex>>;

const TWO: Takes = Takes::These(&[Kind::Text, Kind::Text], 0);

/// All of them.
pub(super) const ALL: &[Function] = &[
    function!("REGEXP_EXTRACT", Takes::These(&[Kind::Text, Kind::Text, Kind::Whole], 1) => TEXT,
        "What a group of a regular expression has found; group 0 is all of it. Null if nothing was found.",
        "REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2)" = "bar", with extracting, extract),
    function!("REGEXP_EXTRACT_ALL", Takes::These(&[Kind::Text, Kind::Text, Kind::Long], 1) => TEXTS,
        "All that a group of a regular expression has found: group 1, if not said otherwise.",
        "REGEXP_EXTRACT_ALL('100-200, 300-400', '(\\d+)-(\\d+)', 2)" = "[200, 400]", with lenient, extract_all),
    function!("REGEXP_REPLACE", Takes::These(&[Kind::Text, Kind::Text, Kind::Text], 0) => TEXT,
    "With another text in place of all that a regular expression finds.",
    "REGEXP_REPLACE('a1b22c', '[0-9]+', '-')" = "a-b-c", with strict, |regexes: &Strict, a: &Arguments| {
        let (text, with) = (a.text(0), a.text(2));
        a.texts(|row, out| {
            let Some((text, with)) = text.at(row).zip(with.at(row)) else { return Ok(None) };
            regexes.at(a, row, |regex| {
                out.push_str(&regex.replace_all(text, regex::NoExpand(with)));
                Ok(Some(()))
            })
        })
    }),
    function!("REGEXP" / "REGEXP_LIKE", TWO => TRUTH,
        "Whether a regular expression finds something; an empty one does not.",
    "REGEXP('millstream', 'l+s')" = "true", with strict, |regexes: &Strict, a: &Arguments| {
        let text = a.text(0);
        a.truths(|row| match text.at(row) {
            None => Ok(None),
            Some(text) => regexes.at(a, row, |regex| Ok(Some(!regex.as_str().is_empty() && regex.is_match(text)))),
        })
    }),
    function!("REGEXP_COUNT", TWO => WHOLE, "How often a regular expression finds something.",
    "REGEXP_COUNT('a1b22c', '[0-9]+')" = "2", with lenient, |regexes: &Lenient, a: &Arguments| {
        whole(regexes, a, |regex, text| regex.find_iter(text).count())
    }),
    function!("REGEXP_INSTR", TWO => WHOLE,
        "The place of the first that a regular expression finds, from 1; 0 if it finds nothing.",
    "REGEXP_INSTR('hello world!', 'o')" = "5", with lenient, |regexes: &Lenient, a: &Arguments| {
        whole(regexes, a, |regex, text| regex.find(text).map_or(0, |found| text[..found.start()].chars().count() + 1))
    }),
    function!("REGEXP_SUBSTR", TWO => TEXT, "The first that a regular expression finds; null if it finds nothing.",
    "REGEXP_SUBSTR('hello 42', '[0-9]+')" = "42", with lenient, |regexes: &Lenient, a: &Arguments| {
        a.parts(0, |row, text| regexes.at(a, row, |regex| {
            Ok(regex.as_ref().and_then(|regex| regex.find(text)).map(|found| found.as_str()))
        }))
    }),
    function!("SIMILAR", Takes::These(&[Kind::Text, Kind::Text, Kind::Text], 1) => TRUTH,
        "Whether all of a text is as an SQL regular expression has it: what x SIMILAR TO y ESCAPE z calls.",
        "SIMILAR('This is a test', 'This (is)? a tes_*')" = "true", with similar_to, similar),
    function!("STR_TO_MAP", Takes::These(&[Kind::Text, Kind::Text, Kind::Text], 2) => Gives::By(
        |_, _| Some(map_of(DataType::Utf8View, DataType::Utf8View))),
        "A map of a text of keys and values; both delimiters, if not ',' and '=', are regular expressions.",
        "ITEM(STR_TO_MAP('k1=v1,k2=v2'), 'k2')" = "v2", with delimiters, str_to_map),
];

fn regex(text: &str) -> Result<Regex, ExprError> {
    let wrong = |error: regex::Error| {
        let words = error.to_string();
        let last = words.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        ExprError::Value(format!("'{text}' is no regular expression: {last}"))
    };
    Regex::new(text).map_err(wrong)
}

fn strict(site: &Site) -> Result<Strict, ExprError> {
    Meaning::of(site, 1, regex)
}

fn lenient(site: &Site) -> Result<Lenient, ExprError> {
    Meaning::of(site, 1, |text| Ok(Regex::new(text).ok()))
}

/// A regular expression of which one group is wanted.
struct Extracting {
    regex: Regex,
    shape: Option<Shape>,
}

fn extracting(site: &Site) -> Result<Meaning<Extracting>, ExprError> {
    Meaning::of(site, 1, |text| Ok(Extracting { regex: regex(text)?, shape: Shape::of(text) }))
}

impl Extracting {
    /// What a group has found. Where the groups of a match are is noted in `places`, if there are some.
    fn find<'t>(
        &self,
        text: &'t str,
        group: usize,
        places: Option<&mut CaptureLocations>,
    ) -> Option<&'t str> {
        if let Some(Ok(found)) = self.shape.as_ref().map(|shape| shape.find(text, group)) {
            return found;
        }
        if group == 0 {
            return self.regex.find(text).map(|found| found.as_str());
        }
        let Some(places) = places else {
            return self.regex.captures(text)?.get(group).map(|found| found.as_str());
        };
        self.regex.captures_read(places, text)?;
        places.get(group).map(|(start, end)| &text[start..end])
    }
}

fn extract(regexes: &Meaning<Extracting>, a: &Arguments) -> Answer {
    let group = a.whole_if(2);
    let mut places = regexes.of_all().map(|extracting| extracting.regex.capture_locations());
    a.parts(0, |row, text| {
        let group = group.as_ref().map_or(Some(0), |group| group.at(row));
        let Some(group) = group.and_then(|group| usize::try_from(group).ok()) else { return Ok(None) };
        regexes.at(a, row, |extracting| Ok(extracting.find(text, group, places.as_mut())))
    })
}

fn extract_all(regexes: &Lenient, a: &Arguments) -> Answer {
    let (text, group) = (a.text(0), (a.len() > 2).then(|| a.long(2)));
    let mut trouble = None;
    let made = lists(a, |row, out| {
        let group = group.as_ref().map_or(Some(1), |group| group.at(row));
        let group = group.and_then(|group| usize::try_from(group).ok());
        let Some((text, group)) = text.at(row).zip(group) else { return false };
        let found = regexes.at(a, row, |regex| {
            let Some(regex) = regex.as_ref().filter(|regex| group < regex.captures_len()) else {
                return Ok(None);
            };
            for captures in regex.captures_iter(text) {
                out.append_option(captures.get(group).map(|found| found.as_str()));
            }
            Ok(Some(()))
        });
        found
            .unwrap_or_else(|error| {
                trouble.get_or_insert(error);
                None
            })
            .is_some()
    });
    trouble.map_or(made, Err)
}

fn whole(regexes: &Lenient, a: &Arguments, of: impl Fn(&Regex, &str) -> usize) -> Answer {
    let text = a.text(0);
    a.each::<Int32Type>(|row| match text.at(row) {
        None => Ok(None),
        Some(text) => regexes.at(a, row, |regex| {
            Ok(regex.as_ref().map(|regex| i32::try_from(of(regex, text)).unwrap_or(i32::MAX)))
        }),
    })
}

/// The regular expression of `SIMILAR TO`, if pattern and escape are the same for all rows.
fn similar_to(site: &Site) -> Result<Option<Regex>, ExprError> {
    let has_escape = site.literals.len() > 2;
    match (site.text(1), site.text(2)) {
        (Some(pattern), None) if !has_escape => sql_regex(pattern, None).map(Some),
        (Some(pattern), Some(escape)) => sql_regex(pattern, Some(escape)).map(Some),
        _ => Ok(None),
    }
}

fn similar(ready: &Option<Regex>, a: &Arguments) -> Answer {
    let (text, pattern, escape) = (a.text(0), a.text(1), a.text_if(2));
    a.truths(|row| {
        let Some((text, pattern)) = text.at(row).zip(pattern.at(row)) else { return Ok(None) };
        let escape = escape.map(|escape| escape.at(row));
        if escape == Some(None) {
            return Ok(None);
        }
        Ok(Some(match ready {
            Some(regex) => regex.is_match(text),
            None => sql_regex(pattern, escape.flatten())?.is_match(text),
        }))
    })
}

/// `%` and `_` stand for anything and for one letter; `| * + ? { } ( ) [ ]` mean what they mean in regular expressions, and so does
/// `.`, as in Flink.
fn sql_regex(pattern: &str, escape: Option<&str>) -> Result<Regex, ExprError> {
    let escape = match escape.map(|escape| (escape.chars().next(), length(escape))) {
        None => None,
        Some((Some(letter), 1)) => Some(letter),
        Some(_) => return Err(ExprError::Value("ESCAPE takes one letter".to_owned())),
    };
    let mut text = String::from("(?s)^(?:");
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            _ if Some(letter) == escape => match letters.next() {
                Some(next) => text.push_str(&regex::escape(next.encode_utf8(&mut [0; 4]))),
                None => {
                    return Err(ExprError::Value(format!(
                        "nothing stands behind the last letter of '{pattern}'"
                    )));
                }
            },
            '%' => text.push_str(".*"),
            '_' => text.push('.'),
            '|' | '*' | '+' | '?' | '{' | '}' | '(' | ')' | '[' | ']' | '-' | '^' | '.' => text.push(letter),
            other => text.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    text.push_str(")$");
    regex(&text)
}

/// The delimiters of entries, and of a key and its value.
struct Delimiters {
    entries: Strict,
    sides: Strict,
}

fn delimiters(site: &Site) -> Result<Delimiters, ExprError> {
    Ok(Delimiters { entries: Meaning::of(site, 1, regex)?, sides: Meaning::of(site, 2, regex)? })
}

/// Of a key that is there twice the last value counts; a key without a value has a null.
fn str_to_map(delimiters: &Delimiters, a: &Arguments) -> Answer {
    let text = a.text(0);
    let (comma, equals) = (regex(",")?, regex("=")?);
    let names =
        MapFieldNames { entry: "entries".to_owned(), key: "key".to_owned(), value: "value".to_owned() };
    let mut maps = MapBuilder::new(Some(names), StringViewBuilder::new(), StringViewBuilder::new());
    let mut found: Vec<(&str, Option<&str>)> = Vec::new();
    for row in 0..a.rows() {
        let Some(text) = text.at(row) else {
            maps.append(false)?;
            continue;
        };
        found.clear();
        let mut add = |entries: &Regex, sides: &Regex| {
            let mut parts: Vec<&str> = entries.split(text).collect();
            while parts.last().is_some_and(|part| part.is_empty()) {
                parts.pop();
            }
            for part in parts {
                let (key, value) = match sides.splitn(part, 2).collect::<Vec<_>>()[..] {
                    [key, value] => (key, Some(value)),
                    _ => (part, None),
                };
                match found.iter_mut().find(|(other, _)| *other == key) {
                    Some(entry) => entry.1 = value,
                    None => found.push((key, value)),
                }
            }
            Ok(Some(()))
        };
        let is_there = match a.len() {
            1 => add(&comma, &equals)?,
            2 => delimiters.entries.at(a, row, |entries| add(entries, &equals))?,
            _ => delimiters
                .entries
                .at(a, row, |entries| delimiters.sides.at(a, row, |sides| add(entries, sides)))?,
        };
        for (key, value) in is_there.iter().flat_map(|()| &found) {
            maps.keys().append_value(key);
            maps.values().append_option(*value);
        }
        maps.append(is_there.is_some())?;
    }
    Ok(a.finish(Arc::new(maps.finish())))
}
