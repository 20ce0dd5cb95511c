//! Why columns cannot be read as values of a type, and what to do.

use arrow_schema::DataType;

/// Columns that cannot be read as the values that were declared. Trying again never helps: either the declaration
/// has to change, or the columns.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// A column of another type.
    #[error("{} is {found}, and {declared} needs {expected}; {}", named(.column), advice(.found))]
    Type {
        /// Its name; inside of structs and lists a path such as `address.city`.
        column: String,
        /// Its type.
        found: DataType,
        /// The type of a column of what was declared.
        expected: DataType,
        /// What was declared.
        declared: String,
    },

    /// A column with nulls, read as values that are never absent.
    #[error(
        "{} has {}, and {declared} has none; declare it as Option<{declared}>, or fill the nulls first",
        named(.column), counted(*.count, "null")
    )]
    Nulls {
        /// Its name.
        column: String,
        /// How many there are.
        count: usize,
        /// What was declared.
        declared: String,
    },

    /// A column that is not there.
    #[error(
        "{} is missing among {}; rename the field with #[record(rename = \"…\")], or add the column",
        named(.column), listed(.found)
    )]
    Missing {
        /// Its name.
        column: String,
        /// The names that are there.
        found: Vec<String>,
    },

    /// Fewer columns than a row has.
    #[error(
        "{} has {}, and {declared} has {expected}; declare a row of fewer columns, or add some",
        if .column.is_empty() { "the batch".into() } else { named(.column) }, counted(*.found, "column")
    )]
    Count {
        /// The name of the column they are in, if they are in one.
        column: String,
        /// How many there are.
        found: usize,
        /// How many a row has.
        expected: usize,
        /// What was declared.
        declared: String,
    },

    /// A time outside of what [`Timestamp`](crate::Timestamp) can say.
    #[error(
        "{} has the time {value} in {unit}, which no number of milliseconds says; correct it, or cast the column to Int64 first",
        named(.column)
    )]
    Time {
        /// The name of its column.
        column: String,
        /// The number there.
        value: i64,
        /// What it counts.
        unit: &'static str,
    },
}

impl Mismatch {
    /// The type of a column is not that of `T`'s.
    pub(crate) fn of_type<T>(found: &DataType, expected: DataType) -> Self {
        Self::Type { column: String::new(), found: found.clone(), expected, declared: short_name::<T>() }
    }

    pub(crate) fn nulls<T>(count: usize) -> Self {
        Self::Nulls { column: String::new(), count, declared: short_name::<T>() }
    }

    pub(crate) fn count<T>(found: usize, expected: usize) -> Self {
        Self::Count { column: String::new(), found, expected, declared: short_name::<T>() }
    }

    /// The same of a column in the column (or struct, or list) `outer`.
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        let column = self.column();
        *column = if column.is_empty() { outer.into() } else { format!("{outer}.{column}") };
        self
    }

    /// The same where the outermost columns, which were called by the names in a type, have names of their own.
    pub(crate) fn renamed<'names>(
        mut self,
        names: impl IntoIterator<Item = (&'names str, &'names str)>,
    ) -> Self {
        let column = self.column();
        for (declared, own) in names {
            match column.strip_prefix(declared) {
                Some(rest) if rest.is_empty() || rest.starts_with('.') => {
                    *column = format!("{own}{rest}");
                    break;
                }
                _ => {}
            }
        }
        self
    }

    fn column(&mut self) -> &mut String {
        match self {
            Self::Type { column, .. }
            | Self::Nulls { column, .. }
            | Self::Missing { column, .. }
            | Self::Count { column, .. }
            | Self::Time { column, .. } => column,
        }
    }
}

fn named(column: &str) -> String {
    if column.is_empty() { "the column".into() } else { format!("column `{column}`") }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "no columns".into() } else { names.join(", ") }
}

fn advice(found: &DataType) -> String {
    match declaration(found) {
        Some(declaration) => format!("declare it as {declaration}, or cast the column first"),
        None => "no type of Rust is for such a column: cast it first".into(),
    }
}

/// The type to declare for values of a column.
fn declaration(data_type: &DataType) -> Option<String> {
    let name = match data_type {
        DataType::Boolean => "bool",
        DataType::Int8 => "i8",
        DataType::Int16 => "i16",
        DataType::Int32 => "i32",
        DataType::Int64 => "i64",
        DataType::UInt8 => "u8",
        DataType::UInt16 => "u16",
        DataType::UInt32 => "u32",
        DataType::UInt64 => "u64",
        DataType::Float32 => "f32",
        DataType::Float64 => "f64",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "String",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "Bytes",
        DataType::Timestamp(..) => "Timestamp",
        DataType::Struct(_) => "a struct with #[derive(Record)]",
        DataType::List(item) => return Some(format!("Vec<{}>", item_declaration(item)?)),
        _ => return None,
    };
    Some(name.into())
}

fn item_declaration(item: &arrow_schema::Field) -> Option<String> {
    let name = match item.data_type() {
        DataType::Struct(_) => "…".into(),
        other => declaration(other)?,
    };
    Some(if item.is_nullable() { format!("Option<{name}>") } else { name })
}

/// The name of a type without the paths in it.
pub(crate) fn short_name<T>() -> String {
    let mut short = String::new();
    for part in std::any::type_name::<T>().split_inclusive(['<', '>', ',', '(', ')', ' ']) {
        short.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    short
}
