//! What was declared of a table, and how it is written: the text that makes it is what catalogs keep and `SHOW CREATE TABLE` shows.
//!
//! Types and expressions are kept as they were written, beside what they were understood as.

use std::collections::BTreeMap;
use std::fmt;

use datafusion_sql::sqlparser::ast::{DataType, Expr, Ident, ObjectName};

/// A declaration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declaration {
    pub(crate) columns: Vec<Column>,
    pub(crate) primary_key: Option<PrimaryKey>,
    pub(crate) watermark: Option<WatermarkFor>,
    pub(crate) comment: Option<String>,
    pub(crate) partitions: Vec<Ident>,
    pub(crate) options: BTreeMap<String, String>,
}

/// A column.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: Ident,
    pub(crate) kind: ColumnKind,
    pub(crate) comment: Option<String>,
}

/// Where the values of a column come from.
#[derive(Clone, Debug)]
pub(crate) enum ColumnKind {
    /// They are stored.
    Physical(Typed),
    /// From other columns.
    Computed { expr: Box<Expr>, written: String },
    /// From what the connector knows beside the rows.
    Metadata {
        typed: Typed,
        /// What the connector calls it, if that is not the name of the column.
        key: Option<String>,
        /// Whether an INSERT does not give it.
        is_virtual: bool,
    },
}

/// A type.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) data_type: DataType,
    pub(crate) takes_nulls: bool,
    /// With `NOT NULL`, if that was said.
    pub(crate) written: String,
}

/// `PRIMARY KEY (…) NOT ENFORCED`.
#[derive(Clone, Debug)]
pub(crate) struct PrimaryKey {
    pub(crate) name: Option<Ident>,
    pub(crate) columns: Vec<Ident>,
}

/// `WATERMARK FOR c AS …`.
#[derive(Clone, Debug)]
pub(crate) struct WatermarkFor {
    pub(crate) column: Ident,
    pub(crate) expr: Expr,
    pub(crate) written: String,
}

/// `LIKE t (…)`: what a declaration takes from that of another table.
#[derive(Clone, Debug)]
pub(crate) struct Like {
    pub(crate) table: ObjectName,
    /// What holds for features of which nothing is said.
    pub(crate) all: Option<Merging>,
    pub(crate) features: Vec<(Feature, Merging)>,
}

/// What of a table may be taken, or not. Columns that are stored always are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    Constraints,
    Generated,
    Metadata,
    Options,
    Partitions,
    Watermarks,
}

/// How what is there and what is new become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Merging {
    /// Both, and it is an error if they meet.
    Including,
    /// What is new alone.
    Excluding,
    /// Both, and where they meet what is new.
    Overwriting,
}

impl Feature {
    pub(crate) const ALL: [Self; 6] = [
        Self::Constraints,
        Self::Generated,
        Self::Metadata,
        Self::Options,
        Self::Partitions,
        Self::Watermarks,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Constraints => "CONSTRAINTS",
            Self::Generated => "GENERATED",
            Self::Metadata => "METADATA",
            Self::Options => "OPTIONS",
            Self::Partitions => "PARTITIONS",
            Self::Watermarks => "WATERMARKS",
        }
    }
}

impl Like {
    /// How a feature is taken.
    pub(crate) fn of(&self, feature: Feature) -> Merging {
        let said = self.features.iter().rev().find(|(said, _)| *said == feature);
        let by_default = match feature {
            Feature::Options => Merging::Overwriting,
            _ => Merging::Including,
        };
        said.map_or(self.all.unwrap_or(by_default), |(_, merging)| *merging)
    }
}

impl Declaration {
    /// The column of this name.
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.value == name)
    }
}

/// A name that is understood whatever is in it.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A text as a literal.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Names with commas between them.
pub(crate) fn listed(names: &[Ident]) -> String {
    names.iter().map(|name| quoted(&name.value)).collect::<Vec<_>>().join(", ")
}

/// `WITH (…)` in lines of its own, if there are options.
pub(crate) fn written_options(options: &BTreeMap<String, String>) -> String {
    if options.is_empty() {
        return String::new();
    }
    let option = |(key, value): (&String, &String)| format!("{} = {}", literal(key), literal(value));
    let options: Vec<String> = options.iter().map(option).collect();
    format!("\nWITH (\n  {}\n)", options.join(",\n  "))
}

/// What stands behind the name in `CREATE TABLE`.
impl fmt::Display for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut elements: Vec<String> = self.columns.iter().map(ToString::to_string).collect();
        if let Some(WatermarkFor { column, written, .. }) = &self.watermark {
            elements.push(format!("WATERMARK FOR {} AS {written}", quoted(&column.value)));
        }
        elements.extend(self.primary_key.as_ref().map(ToString::to_string));
        if !elements.is_empty() {
            write!(f, "(\n  {}\n)", elements.join(",\n  "))?;
        }
        if let Some(comment) = &self.comment {
            write!(f, "\nCOMMENT {}", literal(comment))?;
        }
        if !self.partitions.is_empty() {
            write!(f, "\nPARTITIONED BY ({})", listed(&self.partitions))?;
        }
        f.write_str(&written_options(&self.options))
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&quoted(&self.name.value))?;
        match &self.kind {
            ColumnKind::Physical(typed) => write!(f, " {}", typed.written)?,
            ColumnKind::Computed { written, .. } => write!(f, " AS {written}")?,
            ColumnKind::Metadata { typed, key, is_virtual } => {
                write!(f, " {} METADATA", typed.written)?;
                if let Some(key) = key {
                    write!(f, " FROM {}", literal(key))?;
                }
                if *is_virtual {
                    f.write_str(" VIRTUAL")?;
                }
            }
        }
        match &self.comment {
            Some(comment) => write!(f, " COMMENT {}", literal(comment)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for PrimaryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "CONSTRAINT {} ", quoted(&name.value))?;
        }
        write!(f, "PRIMARY KEY ({}) NOT ENFORCED", listed(&self.columns))
    }
}
