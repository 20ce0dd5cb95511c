//! The part of YAML that a configuration needs: `key: value`, nested by indentation, with comments and
//! quotes.
//!
//! ```yaml
//! parallelism.default: 4        # flat, as Flink always took it
//! taskmanager:
//!   memory:                     # nested, as Flink 2 writes it
//!     segment-size: "64kb"
//! ```
//!
//! Both forms say the same and may be mixed. Lists, anchors, blocks of text and keys without a value are
//! refused, each with its line: what we read is read exactly as YAML reads it. Knows nothing of options,
//! opens no file.

use std::collections::BTreeMap;

/// One value, with the whole name that its place gives it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Counted from one.
    pub(crate) number: usize,
    pub(crate) name: String,
    pub(crate) value: String,
}

/// A line that we do not read, and why.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) number: usize,
    pub(crate) why: String,
}

/// All values of a file, in its order.
pub(crate) fn read(text: &str) -> Result<Vec<Line>, Fault> {
    let mut nesting = Nesting { levels: vec![Level { indent: 0, prefix: String::new() }], opened: None };
    let mut lines: Vec<Line> = Vec::new();
    let mut first = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let prefix = nesting.enter(number, indent(line).map_err(|why| fault(number, why))?)?;
        let (key, rest) = split_key(content).map_err(|why| fault(number, why))?;
        let name = format!("{prefix}{key}");
        match value(rest).map_err(|why| fault(number, why))? {
            None => nesting.opened = Some((number, name)),
            Some(value) => {
                if let Some(first) = first.insert(name.clone(), number) {
                    return Err(fault(number, format!("{name} is set a second time, first on line {first}")));
                }
                lines.push(Line { number, name, value });
            }
        }
    }
    match nesting.opened {
        Some((number, name)) => Err(fault(number, no_value(&name))),
        None => Ok(lines),
    }
}

/// Where in the tree a line stands.
struct Nesting {
    /// From the root inwards; never empty.
    levels: Vec<Level>,
    /// The key just read that had no value: the next line must stand below it.
    opened: Option<(usize, String)>,
}

struct Level {
    indent: usize,
    prefix: String,
}

impl Nesting {
    /// Moves to the level of a line and says which keys stand above it.
    fn enter(&mut self, number: usize, indent: usize) -> Result<&str, Fault> {
        let deepest = self.levels.last().map_or(0, |level| level.indent);
        match self.opened.take() {
            Some((_, name)) if indent > deepest => {
                self.levels.push(Level { indent, prefix: format!("{name}.") });
            }
            Some((number, name)) => return Err(fault(number, no_value(&name))),
            None => self.levels.retain(|level| level.indent <= indent),
        }
        match self.levels.last() {
            Some(level) if level.indent == indent => Ok(&level.prefix),
            _ => Err(fault(number, "indented like no line above it")),
        }
    }
}

/// A tab has no width that everyone agrees on.
fn indent(line: &str) -> Result<usize, &'static str> {
    let content = line.trim_start_matches(' ');
    if content.starts_with('\t') {
        Err("indented with a tab; use spaces")
    } else {
        Ok(line.len() - content.len())
    }
}

/// The key, and what follows its colon.
fn split_key(content: &str) -> Result<(&str, &str), &'static str> {
    if content.starts_with("- ") || content == "-" {
        return Err("a list; write all values on one line");
    }
    let (key, rest) = match content.split_once(": ") {
        Some((key, rest)) => (key, rest),
        None => (content.strip_suffix(':').ok_or("not a line of the form `key: value`")?, ""),
    };
    let key = key.trim_end();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if key.is_empty() || !key.chars().all(plain) {
        return Err("not a line of the form `key: value`");
    }
    Ok((key, rest.trim_start()))
}

/// What follows the colon, without quotes and comment; `None` if that is nothing.
fn value(rest: &str) -> Result<Option<String>, &'static str> {
    let (value, after) = match rest.chars().next() {
        None | Some('#') => return Ok(None),
        Some('\'') => single_quoted(&rest[1..])?,
        Some('"') => double_quoted(&rest[1..])?,
        Some('[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '%' | '@' | '`' | ',') => {
            return Err("not a plain value; write it in quotes if it is meant as it stands");
        }
        Some(_) => return plain(rest).map(Some),
    };
    match after.trim_start() {
        "" => Ok(Some(value)),
        comment if comment.starts_with('#') && comment != after => Ok(Some(value)),
        _ => Err("something stands behind the closing quote"),
    }
}

fn plain(rest: &str) -> Result<String, &'static str> {
    let value = rest.split_once(" #").map_or(rest, |(value, _comment)| value).trim_end();
    if value.contains(": ") || value.ends_with(':') {
        return Err("a second colon; write the value in quotes");
    }
    Ok(value.to_owned())
}

/// Two single quotes stand for one; nothing else is special.
fn single_quoted(text: &str) -> Result<(String, &str), &'static str> {
    let mut value = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\'') {
        value.push_str(before);
        let Some(more) = after.strip_prefix('\'') else { return Ok((value, after)) };
        value.push('\'');
        rest = more;
    }
    Err("a quote that is not closed")
}

/// A backslash takes the special meaning from a quote or a backslash.
fn double_quoted(text: &str) -> Result<(String, &str), &'static str> {
    let mut value = String::new();
    let mut letters = text.chars();
    loop {
        match letters.next().ok_or("a quote that is not closed")? {
            '"' => return Ok((value, letters.as_str())),
            '\\' => match letters.next() {
                Some(letter @ ('"' | '\\')) => value.push(letter),
                _ => return Err("only \\\" and \\\\ are read behind a backslash"),
            },
            letter => value.push(letter),
        }
    }
}

fn no_value(name: &str) -> String {
    format!("{name} has no value")
}

fn fault(number: usize, why: impl Into<String>) -> Fault {
    Fault { number, why: why.into() }
}

#[cfg(test)]
#[path = "config_file/tests.rs"]
mod tests;
