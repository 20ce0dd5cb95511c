//! What is wrong with a text, where, and what to do.
//!
//! ```text
//! there is no table biid; did you mean bid?
//!   |
//! 2 | SELECT * FROM biid
//!   |               ^^^^
//! ```

use std::fmt;

use arrow_schema::DataType;
use datafusion_common::DataFusionError;
use datafusion_sql::sqlparser::ast::Ident;
use datafusion_sql::sqlparser::tokenizer::Span;

use crate::aggregates::AGGREGATES;
use crate::table::nearest;
use crate::type_syntax::written_type;

/// What is said of aggregates that are to have an order.
pub(crate) const NO_ORDER: &str =
    "values are taken in the order in which rows come, as in Flink: an aggregate takes no ORDER BY";

/// Something that cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SqlError {
    words: String,
    place: Option<Place>,
    /// The line of the text that it is about.
    line: Option<String>,
}

/// A place in a text. Lines and columns are counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which line.
    pub line: u64,
    /// Which letter of it.
    pub column: u64,
    /// How many letters.
    pub length: u64,
}

impl Place {
    pub(crate) fn at(line: u64, column: u64, length: u64) -> Self {
        Self { line, column, length: length.max(1) }
    }

    pub(crate) fn of(span: Span) -> Option<Self> {
        let [start, end] = [span.start, span.end].map(|place| (place.line, place.column));
        (start.0 > 0).then(|| Self::between(start, end))
    }

    /// From a line and column to others: what goes on in another line is marked where it begins.
    fn between(start: (u64, u64), end: (u64, u64)) -> Self {
        let length = if start.0 == end.0 { end.1.saturating_sub(start.1) } else { 1 };
        Self::at(start.0, start.1, length)
    }
}

impl SqlError {
    /// In these words.
    pub(crate) fn new(words: impl fmt::Display) -> Self {
        Self { words: words.to_string(), place: None, line: None }
    }

    /// What there is no operator for yet.
    pub(crate) fn not_yet(what: impl fmt::Display) -> Self {
        Self::new(format!("{what} is not supported yet"))
    }

    pub(crate) fn at(self, place: Place) -> Self {
        Self { place: self.place.or(Some(place)), ..self }
    }

    /// About a name, if it stands in the text.
    pub(crate) fn at_ident(self, ident: &Ident) -> Self {
        match Place::of(ident.span) {
            Some(place) => self.at(place),
            None => self,
        }
    }

    /// With the line of the text that it is about.
    pub(crate) fn within(self, text: &str) -> Self {
        let line = self.place.and_then(|place| {
            let number = usize::try_from(place.line).ok()?.checked_sub(1)?;
            text.lines().nth(number).map(str::to_owned)
        });
        Self { line: self.line.or(line), ..self }
    }

    /// What is wrong, without the place.
    pub(crate) fn words(&self) -> &str {
        &self.words
    }

    /// Where it is.
    pub fn place(&self) -> Option<Place> {
        self.place
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)?;
        let (Some(place), Some(line)) = (self.place, &self.line) else { return Ok(()) };
        let number = place.line.to_string();
        let margin = " ".repeat(number.len());
        // Tabs stay tabs, so that the mark stands below what it means.
        let before: String = line
            .chars()
            .take(usize::try_from(place.column.saturating_sub(1)).unwrap_or(0))
            .map(|letter| if letter == '\t' { '\t' } else { ' ' })
            .collect();
        let marks = "^".repeat(usize::try_from(place.length).unwrap_or(1));
        write!(f, "\n{margin} |\n{number} | {line}\n{margin} | {before}{marks}")
    }
}

/// What the planner says, in words for whoever has written the text.
impl From<DataFusionError> for SqlError {
    fn from(error: DataFusionError) -> Self {
        let place = error.diagnostic().and_then(|diagnostic| diagnostic.span).map(|span| {
            Place::between((span.start.line, span.start.column), (span.end.line, span.end.column))
        });
        let words = match error.diagnostic() {
            Some(diagnostic) if diagnostic.message.starts_with("Invalid function '") => {
                unknown_function(diagnostic.message.split('\'').nth(1).unwrap_or_default())
            }
            // What we say of tables ourselves is better.
            Some(diagnostic) if !diagnostic.message.starts_with("table '") => {
                if let Some(words) = not_taken(&diagnostic.message) {
                    return Self { place, ..Self::new(words) };
                }
                let helps = diagnostic.helps.iter().map(|help| format!("; {}", help.message));
                let words = format!("{}{}", diagnostic.message, helps.collect::<String>());
                words.replace("count(Int64(1))", "COUNT(*)")
            }
            _ => plain(&error),
        };
        let error = Self::new(words);
        match place {
            Some(place) => error.at(place),
            None => error,
        }
    }
}

/// Without the names of crates and the trace of where in them it came up.
fn plain(error: &DataFusionError) -> String {
    let words = match error.find_root() {
        DataFusionError::Plan(words)
        | DataFusionError::NotImplemented(words)
        | DataFusionError::Execution(words)
        | DataFusionError::Configuration(words) => words.clone(),
        DataFusionError::External(error) => error.to_string(),
        DataFusionError::SchemaError(error, _) => error.to_string(),
        other => other.strip_backtrace(),
    };
    in_our_words(words.split("\n\nbacktrace:").next().unwrap_or_default().trim_end())
}

/// What the planner says of what it does not know or take, which it shows as its own data.
fn in_our_words(words: &str) -> String {
    // What a function of ours says, between what the planner says around it.
    let words = words.rsplit_once("Error during planning: ").map_or(words, |(_, inner)| inner);
    let words = words.split(" No function matches the given name").next().unwrap_or(words);
    let words = words.strip_prefix("Execution error: ").unwrap_or(words).trim_end_matches('.');
    if let Some(node) = words.strip_prefix("Unsupported ast node ") {
        let end = node.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(node.len());
        let mut name = String::new();
        for letter in node[..end].chars() {
            if letter.is_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.extend(letter.to_uppercase());
        }
        return format!("{name} is not supported yet");
    }
    if let Some(words) = not_taken(words) {
        return words;
    }
    if words.starts_with("WITHIN GROUP ") {
        return format!("WITHIN GROUP: {NO_ORDER}");
    }
    if let Some(what) = words.strip_suffix(" not implemented") {
        return format!("{} is not supported yet", what.trim());
    }
    if words.starts_with("Dot access not supported") {
        return "a field of a row is found by its name: x.name".to_owned();
    }
    if words.starts_with("Unsupported Value ") {
        return "such a literal is not supported; a text is written as 'text', a number as 12.5".to_owned();
    }
    words.to_owned()
}

/// What does not take which type, if that is what the planner says.
fn not_taken(words: &str) -> Option<String> {
    const SAYS: [(&str, &str, &str); 4] = [
        ("Cannot create filter with non-boolean predicate", " returning ", "a condition is a BOOLEAN, not"),
        ("Join condition must be boolean type", " but got ", "ON takes a BOOLEAN, not"),
        ("Expected LIMIT to be an integer or null", " but got ", "LIMIT takes a whole number, not"),
        ("", " cannot be used with ", ""),
    ];
    let says = |(says, before, _): &(&str, &str, &str)| words.starts_with(says) && words.contains(before);
    let (_, before, who) = SAYS.into_iter().find(says)?;
    let (op, data_type) = words.rsplit_once(before)?;
    let data_type = data_type.split(';').next().unwrap_or(data_type).trim();
    let known = data_type.parse::<DataType>();
    let written = known.map_or_else(|_| data_type.to_owned(), |known| written_type(&known));
    Some(if who.is_empty() { format!("{op} does not take {written}") } else { format!("{who} {written}") })
}

/// What to say of a function that is not known.
fn unknown_function(name: &str) -> String {
    let known = expr::functions().map(|(_, function)| function.name);
    let advice = match nearest(name, known.chain(AGGREGATES)) {
        Some(near) => format!("; did you mean {}?", near.to_uppercase()),
        None => "; SHOW FUNCTIONS lists those there are".to_owned(),
    };
    format!("there is no function {}{advice}", name.to_uppercase())
}
