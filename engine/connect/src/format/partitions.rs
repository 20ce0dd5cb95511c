//! Partitions: values that stand in the names of directories, in place of columns in the files.
//!
//! ```text
//!   dt=2025-01-01/hm=23%3A58/part-0-0.csv       dt is 2025-01-01, hm is 23:58
//! ```
//!
//! As Hive and Flink write them: letters that a path cannot hold, or that mean something in it, are escaped, in names of
//! columns too. What is null or empty has a name of its own. Never looks at a disk.

use std::fmt::Write;
use std::path::Path;

use arrow_array::{Array, ArrayRef, StringViewArray};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{ArrowError, DataType, FieldRef};

use super::csv::{TIME, ZONED_TIME};

/// What a directory is called in place of null or an empty string, unless somebody asks for another name: Flink's.
pub const DEFAULT_PARTITION: &str = "__DEFAULT_PARTITION__";

/// Letters beside those that control printers which stand escaped in names of directories, as in Hive and Flink.
const ESCAPED: &str = "\"#%'*/:=?\\\u{7f}{[]^";

/// Whether values of a type can be told by their text: then they may name directories, or stand between delimiters.
pub(crate) fn is_one_value(data_type: &DataType) -> bool {
    use DataType::{Boolean, Duration, Interval, LargeUtf8, Null, Utf8, Utf8View};
    data_type.is_primitive() && !matches!(data_type, Interval(_) | Duration(_))
        || matches!(data_type, Boolean | Null | Utf8 | LargeUtf8 | Utf8View)
}

/// The directory of each row of `columns`, which are those of `fields`: `dt=2025-01-01/hm=23%3A58`.
pub(crate) fn directories(
    fields: &[FieldRef],
    columns: &[ArrayRef],
    default_name: &str,
) -> Result<Vec<String>, ArrowError> {
    let options =
        FormatOptions::new().with_timestamp_format(Some(TIME)).with_timestamp_tz_format(Some(ZONED_TIME));
    let mut directories = vec![String::new(); columns.first().map_or(0, |column| column.len())];
    let mut text = String::new();
    for (field, column) in fields.iter().zip(columns) {
        let formatter = ArrayFormatter::try_new(column, &options)?;
        for (row, directory) in directories.iter_mut().enumerate() {
            text.clear();
            if column.is_valid(row) {
                formatter.value(row).write(&mut text)?;
            }
            if !directory.is_empty() {
                directory.push('/');
            }
            escape(field.name(), directory);
            directory.push('=');
            escape(if text.is_empty() { default_name } else { &text }, directory);
        }
    }
    Ok(directories)
}

/// The name of the directory for a value of a column: `hm=23%3A58`.
pub fn directory_of(column: &str, value: &str) -> String {
    let mut directory = String::with_capacity(column.len() + value.len() + 1);
    escape(column, &mut directory);
    directory.push('=');
    escape(value, &mut directory);
    directory
}

/// The column and the value that a directory is called by, if it is called so: `hm`, `23:58`.
pub fn named_by(directory: &str) -> Option<(String, String)> {
    let (column, value) = directory.split_once('=')?;
    Some((unescape(column), unescape(value)))
}

/// What the directories of a file say of a column. Of two that name it, the lower one counts.
pub(crate) fn value_in(path: &Path, column: &str) -> Option<String> {
    let directories = path.parent()?.iter().rev();
    directories.filter_map(|name| name.to_str()?.split_once('=')).find_map(|(name, value)| {
        let is_it = name == column || unescape(name) == column;
        is_it.then(|| unescape(value))
    })
}

/// The value that a text stands for, as one row.
pub(crate) fn value_of(text: Option<&str>, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let options = CastOptions { safe: false, ..Default::default() };
    cast_with_options(&StringViewArray::from(vec![text]), data_type, &options)
}

fn escape(text: &str, into: &mut String) {
    for letter in text.chars() {
        if letter < ' ' || ESCAPED.contains(letter) {
            write!(into, "%{:02X}", u32::from(letter)).expect("a string takes all");
        } else {
            into.push(letter);
        }
    }
}

/// What is no escape stands for itself: others write such names too.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let code = rest.get(at + 1..at + 3).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        plain.push_str(&rest[..at]);
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(code) => {
                plain.push(char::from(code));
                rest = &rest[at + 3..];
            }
            None => {
                plain.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{
        BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, StringArray,
        Time32MillisecondArray, TimestampMicrosecondArray, TimestampMillisecondArray, new_null_array,
    };
    use arrow_schema::Field;
    use proptest::prelude::*;

    use super::*;

    fn directory(name: &str, column: ArrayRef) -> String {
        let field = Arc::new(Field::new(name, column.data_type().clone(), true));
        directories(&[field], &[column], DEFAULT_PARTITION).unwrap().remove(0)
    }

    #[test]
    fn directories_are_called_as_flink_calls_them() {
        let text = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
        assert_eq!(directory("hm", text("23:58")), "hm=23%3A58");
        assert_eq!(directory("a/b", text("50% [x]\n")), "a%2Fb=50%25 %5Bx%5D%0A");
        assert_eq!(directory("city", text("Köln, 東京 }&<>|~;")), "city=Köln, 東京 }&<>|~;");
        assert_eq!(directory("city", text("")), "city=__DEFAULT_PARTITION__");
        assert_eq!(directory("n", new_null_array(&DataType::Int32, 1)), "n=__DEFAULT_PARTITION__");
        let fields = ["dt", "n"].map(|name| Arc::new(Field::new(name, DataType::Utf8, true)));
        let columns = [text("2025-01-01"), text("7")];
        assert_eq!(directories(&fields, &columns, "none").unwrap(), ["dt=2025-01-01/n=7"]);
    }

    #[test]
    fn a_directory_is_called_by_its_column_and_value() {
        for (column, value) in [("hm", "23:58"), ("a/b", "50% [x]"), ("c", "x=y"), ("n", "")] {
            let named = Some((column.to_owned(), value.to_owned()));
            assert_eq!(named_by(&directory_of(column, value)), named);
        }
        assert_eq!(named_by("part-0-0.csv"), None);
    }

    #[test]
    fn values_of_every_kind_are_read_as_they_were_written() {
        let columns: [(ArrayRef, &str); 9] = [
            (Arc::new(BooleanArray::from(vec![true])), "c=true"),
            (Arc::new(Int32Array::from(vec![-7])), "c=-7"),
            (Arc::new(Float64Array::from(vec![1e300])), "c=1e300"),
            (
                Arc::new(Decimal128Array::from(vec![-1050]).with_precision_and_scale(9, 2).unwrap()),
                "c=-10.50",
            ),
            (Arc::new(Date32Array::from(vec![20_089])), "c=2025-01-01"),
            (Arc::new(Time32MillisecondArray::from(vec![86_280_500])), "c=23%3A58%3A00.500"),
            (
                Arc::new(TimestampMillisecondArray::from(vec![1_735_775_880_250])),
                "c=2025-01-01 23%3A58%3A00.250",
            ),
            (
                Arc::new(
                    TimestampMicrosecondArray::from(vec![1_735_775_880_000_001]).with_timezone("+00:00"),
                ),
                "c=2025-01-01 23%3A58%3A00.000001+00%3A00",
            ),
            (Arc::new(StringViewArray::from(vec!["a=b/c%3A"])), "c=a%3Db%2Fc%253A"),
        ];
        for (column, expected) in columns {
            assert!(is_one_value(column.data_type()));
            let name = directory("c", column.clone());
            assert_eq!(name, expected);
            let text = value_in(&Path::new("/t").join(name).join("part-0-0.csv"), "c").unwrap();
            assert_eq!(&value_of(Some(&text), column.data_type()).unwrap(), &column, "{text}");
        }
        assert!(value_of(Some("x"), &DataType::Date32).is_err());
        assert_eq!(value_of(None, &DataType::Date32).unwrap().null_count(), 1);
    }

    #[test]
    fn only_directories_say_something() {
        let value = |path: &str, column: &str| value_in(Path::new(path), column);
        assert_eq!(value("/t/a=1/b=2/x.csv", "a"), Some("1".to_owned()));
        assert_eq!(value("/t/a=1/b=2/x.csv", "b"), Some("2".to_owned()));
        assert_eq!(value("/a=1/t/a=2/x.csv", "a"), Some("2".to_owned()));
        assert_eq!(value("/t/a=1=2/x", "a"), Some("1=2".to_owned()));
        assert_eq!(value("/t/a%3Ab=1/x", "a:b"), Some("1".to_owned()));
        assert_eq!(value("/t/a=100%/b=%zz%4/x", "a"), Some("100%".to_owned()));
        assert_eq!(value("/t/a=100%/b=%zz%4/x", "b"), Some("%zz%4".to_owned()));
        assert_eq!(value("/t/a=%C3%A9/x", "a"), Some("\u{c3}\u{a9}".to_owned()));
        assert_eq!(value("/t/x/a=1", "a"), None);
        assert_eq!(value("", "a"), None);
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "\\PC{1,9}|[ -~\n\t\u{7f}é]{1,9}") {
            let name = directory("a", Arc::new(StringArray::from(vec![text.as_str()])));
            prop_assert!(!name.contains(['/', '\n', ':']));
            prop_assert_eq!(value_in(&Path::new(&name).join("x"), "a"), Some(text));
        }
    }
}
