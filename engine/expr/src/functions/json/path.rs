//! Paths into JSON: `$.a.b`, `$['a b'][0]`, `$[-1]`, `$[0,2]`, `$[1:3]`, `$.*`, `$[*]`, `$..a`, after `lax` or `strict`.
//!
//! A path that can lead to one value only is definite; any other one leads to a list, which may be empty. Where a definite
//! path, or the definite beginning of one, leads nowhere, there is no result; behind that, what leads nowhere is left out.

use super::reader::Seek;
use super::value::Json;
use crate::error::ExprError;

/// A path that is understood, or what is wrong with it.
pub(super) struct Path {
    /// Whether it is quiet about what is not there.
    pub(super) is_lax: bool,
    steps: Result<Vec<Step>, String>,
}

#[derive(Debug, PartialEq)]
enum Step {
    Key(String),
    Places(Vec<i64>),
    Slice(Option<i64>, Option<i64>),
    All,
    /// What the next step finds in a value and all values within it.
    Within,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Found<'j, 'a> {
    One(&'j Json<'a>),
    Many(Vec<&'j Json<'a>>),
}

impl Path {
    /// Understands a path. A wrong one is no error yet: a query says what is to be done about it.
    pub(super) fn of(text: &str) -> Result<Self, ExprError> {
        let trimmed = text.trim_start();
        let mode = |word: &str| {
            let head = trimmed.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word))?;
            trimmed[head.len()..].strip_prefix(char::is_whitespace).map(str::trim_start)
        };
        let (is_lax, path) = match (mode("lax"), mode("strict")) {
            (Some(path), _) => (true, path),
            (None, Some(path)) => (false, path),
            (None, None) => (false, text),
        };
        if path.contains("[?") {
            return Err(ExprError::Value(format!(
                "the path '{text}' has a filter; filters are not supported yet"
            )));
        }
        let steps =
            steps(path.trim()).ok_or_else(|| format!("'{text}' is no path; one is written as 'lax $.a[0]'"));
        Ok(Self { is_lax, steps })
    }

    /// Follows it from a value.
    pub(super) fn find<'j, 'a>(&self, json: &'j Json<'a>) -> Result<Found<'j, 'a>, String> {
        let steps = self.steps.as_ref().map_err(Clone::clone)?;
        let mut found = Found::One(json);
        let mut rest = steps.iter();
        while let Some(step) = rest.next() {
            found = match (step, found) {
                (Step::Within, found) => {
                    let mut all = Vec::new();
                    match found {
                        Found::One(json) => within(json, &mut all),
                        Found::Many(many) => many.iter().for_each(|json| within(json, &mut all)),
                    }
                    let next = rest.next();
                    Found::Many(next.map_or_else(
                        || all.clone(),
                        |next| all.iter().flat_map(|json| next.of(json)).collect(),
                    ))
                }
                (step, Found::One(json)) => {
                    let next = step.of(json);
                    match (step.is_definite(), next.first()) {
                        (true, Some(next)) => Found::One(next),
                        (true, None) => return Err(format!("there is no {} there", step.words())),
                        (false, _) => Found::Many(next),
                    }
                }
                (step, Found::Many(many)) => {
                    Found::Many(many.iter().flat_map(|json| step.of(json)).collect())
                }
            };
        }
        Ok(found)
    }

    /// Follows it in a text, and reads no more than it must. The outer error says why the text is no JSON.
    pub(super) fn read<'a>(&self, text: &'a str) -> Option<Result<Result<Json<'a>, String>, String>> {
        let steps = self.steps.as_ref().ok()?;
        let sought = steps.iter().map(Step::sought).collect::<Option<Vec<_>>>()?;
        let nowhere = |step: usize| format!("there is no {} there", steps[step].words());
        Some(Json::at(text, &sought).map(|found| found.map_err(nowhere)))
    }

    /// Whether it is no path at all.
    pub(super) fn is_wrong(&self) -> bool {
        self.steps.is_err()
    }

    /// Whether it leads to one value at most.
    pub(super) fn is_definite(&self) -> bool {
        self.steps.as_ref().is_ok_and(|steps| steps.iter().all(Step::is_definite))
    }
}

/// A value, and all that lie within it.
fn within<'j, 'a>(json: &'j Json<'a>, all: &mut Vec<&'j Json<'a>>) {
    all.push(json);
    json.children().into_iter().for_each(|child| within(child, all));
}

impl Step {
    fn is_definite(&self) -> bool {
        match self {
            Self::Key(_) => true,
            Self::Places(places) => places.len() == 1,
            Self::Slice(..) | Self::All | Self::Within => false,
        }
    }

    /// The same for a reader, if it leads to one value by counting from the beginning.
    fn sought(&self) -> Option<Seek<'_>> {
        match self {
            Self::Key(key) => Some(Seek::Key(key)),
            Self::Places(places) if places.len() == 1 => usize::try_from(places[0]).ok().map(Seek::Place),
            _ => None,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Key(key) => format!("key '{key}'"),
            Self::Places(places) => format!("place {}", places.first().unwrap_or(&0)),
            _ => "value".to_owned(),
        }
    }

    /// Where it leads from a value.
    fn of<'j, 'a>(&self, json: &'j Json<'a>) -> Vec<&'j Json<'a>> {
        match (self, json) {
            (Self::Key(key), json) => json.get(key).into_iter().collect(),
            (Self::All, json) => json.children(),
            (Self::Places(places), Json::Array(elements)) => {
                places.iter().filter_map(|place| elements.get(counted(*place, elements.len())?)).collect()
            }
            (Self::Slice(from, to), Json::Array(elements)) => {
                let bound = |place: i64| counted(place, elements.len()).unwrap_or(0).min(elements.len());
                let (from, to) = (from.map_or(0, bound), to.map_or(elements.len(), bound));
                elements.get(from..to.max(from)).unwrap_or_default().iter().collect()
            }
            _ => Vec::new(),
        }
    }
}

/// A place from the beginning; one below zero counts from the end.
fn counted(place: i64, count: usize) -> Option<usize> {
    match usize::try_from(place) {
        Ok(place) => Some(place),
        Err(_) => count.checked_sub(usize::try_from(place.unsigned_abs()).ok()?),
    }
}

fn steps(text: &str) -> Option<Vec<Step>> {
    let mut rest = match text.strip_prefix('$') {
        Some(rest) => rest,
        None if text.is_empty() || text.starts_with(['.', '[']) => return None,
        // A path may begin with a key.
        None => return keys(text, Vec::new()),
    };
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix("..") {
            steps.push(Step::Within);
            rest = behind;
            if rest.is_empty() {
                return None;
            }
            if !rest.starts_with('[') {
                return keys(rest, steps);
            }
        } else if let Some(behind) = rest.strip_prefix('.') {
            rest = behind;
            if !rest.starts_with('[') {
                return keys(rest, steps);
            }
        }
        let (step, behind) = bracket(rest.strip_prefix('[')?)?;
        steps.push(step);
        rest = behind;
    }
    Some(steps)
}

/// A key at the beginning, and what follows.
fn keys(text: &str, mut steps: Vec<Step>) -> Option<Vec<Step>> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (key, rest) = text.split_at(end);
    match key.trim() {
        "" => return None,
        "*" => steps.push(Step::All),
        // A function of a path, which there is not.
        key if key.ends_with(')') => return None,
        key => steps.push(Step::Key(key.to_owned())),
    }
    steps.extend(self::steps(&format!("${rest}"))?);
    Some(steps)
}

/// What stands in brackets, and what is behind them.
fn bracket(text: &str) -> Option<(Step, &str)> {
    let text = text.trim_start();
    if let Some(quote) = text.chars().next().filter(|letter| matches!(letter, '\'' | '"')) {
        let (mut key, mut letters) = (String::new(), text[1..].char_indices());
        loop {
            match letters.next()? {
                (_, '\\') => key.push(letters.next()?.1),
                (at, letter) if letter == quote => {
                    return Some((Step::Key(key), text[at + 2..].trim_start().strip_prefix(']')?));
                }
                (_, letter) => key.push(letter),
            }
        }
    }
    let (inside, rest) = text.split_once(']')?;
    let inside = inside.trim();
    let bound = |text: &str| match text.trim() {
        "" => Some(None),
        number => number.parse().ok().map(Some),
    };
    let step = match inside.split_once(':') {
        _ if inside == "*" => Step::All,
        Some((from, to)) => Step::Slice(bound(from)?, bound(to)?),
        None => {
            Step::Places(inside.split(',').map(|place| place.trim().parse().ok()).collect::<Option<_>>()?)
        }
    };
    Some((step, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, json: &str) -> String {
        let (path, whole) = (Path::of(path).unwrap(), Json::of(json).unwrap());
        let found = path.find(&whole);
        if let Some(read) = path.read(json) {
            // Read with less, and the same.
            let read = read.unwrap();
            let found = found.clone().map(|found| match found {
                Found::One(json) => json.clone(),
                Found::Many(_) => unreachable!("a definite path"),
            });
            assert_eq!(read, found);
        }
        match found {
            Err(words) => format!("error: {words}"),
            Ok(Found::One(json)) => {
                let mut out = String::new();
                json.write(&mut out);
                out
            }
            Ok(Found::Many(many)) => {
                let mut out = String::from("many ");
                Json::Array(many.into_iter().cloned().collect()).write(&mut out);
                out
            }
        }
    }

    #[test]
    fn paths_lead_where_they_say() {
        let json = r#"{"a": [{"b": 1, "c": [10, 20, 30]}, {"b": 2}], "x y": {"a": 3}, "lax": {"z": null}}"#;
        for (path, expected) in [
            ("$.a[0].b", "1"),
            ("lax $.a[1].b", "2"),
            ("  STRICT   $.a[-1]", "{\"b\":2}"),
            ("$['x y'].a", "3"),
            ("$.[\"x y\"]['a']", "3"),
            ("$.a[*].b", "many [1,2]"),
            ("$.a[*].c", "many [[10,20,30]]"),
            ("$.a[0].c[0,2,7]", "many [10,30]"),
            ("$.a[0].c[1:]", "many [20,30]"),
            ("$.a[0].c[:-1]", "many [10,20]"),
            ("$..a", "many [[{\"b\":1,\"c\":[10,20,30]},{\"b\":2}],3]"),
            ("$..b", "many [1,2]"),
            ("$.*.z", "many [null]"),
            ("lax", "{\"z\":null}"),
            ("lax.z", "null"),
            ("$.b", "error: there is no key 'b' there"),
            ("$.a[2]", "error: there is no place 2 there"),
            ("$.b[*]", "error: there is no key 'b' there"),
            ("$.a.b", "error: there is no key 'b' there"),
            ("$[", "error: '$[' is no path; one is written as 'lax $.a[0]'"),
            ("", "error: '' is no path; one is written as 'lax $.a[0]'"),
            ("$..", "error: '$..' is no path; one is written as 'lax $.a[0]'"),
            ("$.a.", "error: '$.a.' is no path; one is written as 'lax $.a[0]'"),
        ] {
            assert_eq!(found(path, json), expected, "{path}");
        }
        assert!(
            Path::of("$.a[?(@.b > 1)]").is_err_and(|error| error.to_string().contains("not supported yet"))
        );
    }
}
