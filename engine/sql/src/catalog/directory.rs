//! A catalog in a directory, which others see and the next session finds again.
//!
//! ```text
//!   path/shop/orders.sql               CREATE TABLE `orders` (…) WITH (…)
//!   path/shop/EURO.function.sql        CREATE FUNCTION `EURO`(price) AS 0.908 * price
//!   path/shop/.database.sql            CREATE DATABASE `shop` COMMENT '…', if more than its name is known
//! ```
//!
//! Keeps nothing but the path: what is there is looked up each time. A file is written as a whole or not at all.

use std::fmt::Write;
use std::sync::Arc;

use super::store::{Space, Store};
use crate::error::SqlError;
use crate::files::Files;

const RELATION: &str = ".sql";
const FUNCTION: &str = ".function.sql";
/// What no table is called.
const DATABASE: &str = ".database.sql";

/// The catalog.
pub(super) struct Directory {
    path: String,
    files: Arc<dyn Files>,
}

impl Directory {
    /// The one of this path, which is made if it is not there.
    pub(super) fn open(path: &str, files: Arc<dyn Files>) -> Result<Self, SqlError> {
        let path = path.trim_start_matches("file://").trim_end_matches('/').to_owned();
        let directory = Self { path, files };
        directory.files.make_directory(&directory.path).map_err(|words| directory.wrong(&words))?;
        Ok(directory)
    }

    fn wrong(&self, words: &str) -> SqlError {
        SqlError::new(format!("the catalog in {}: {words}", self.path))
    }

    fn database(&self, database: &str) -> String {
        format!("{}/{}", self.path, file_name(database))
    }

    fn about_file(&self, database: &str) -> String {
        format!("{}/{DATABASE}", self.database(database))
    }

    fn file(&self, database: &str, space: Space, name: &str) -> String {
        format!("{}/{}{}", self.database(database), file_name(name), end_of(space))
    }

    /// The names in a directory that end so, without their end.
    fn listed(&self, path: &str, end: &str, are_directories: bool) -> Result<Vec<String>, SqlError> {
        let listed = self.files.list(path).map_err(|words| self.wrong(&words))?;
        let of_kind = listed.into_iter().filter(|listed| listed.is_directory == are_directories);
        let names = of_kind.filter_map(|listed| name_of(listed.name.strip_suffix(end)?));
        let mut names: Vec<String> = names.collect();
        names.sort_unstable();
        Ok(names)
    }
}

fn end_of(space: Space) -> &'static str {
    match space {
        Space::Relations => RELATION,
        Space::Functions => FUNCTION,
    }
}

/// A name as one of files: what is no letter, digit, `_` or `-` is written as its bytes, `%2E`.
fn file_name(name: &str) -> String {
    let mut file = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'_' | b'-' => file.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => file.push(char::from(byte)),
            _ => write!(file, "%{byte:02X}").expect("a text takes all"),
        }
    }
    file
}

/// The name of a file that has one.
fn name_of(file: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(file.len());
    let mut rest = file.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'%' => {
                let digits = rest.split_at_checked(2)?;
                bytes.push(u8::from_str_radix(std::str::from_utf8(digits.0).ok()?, 16).ok()?);
                rest = digits.1;
            }
            b'_' | b'-' => bytes.push(*first),
            _ if first.is_ascii_alphanumeric() => bytes.push(*first),
            _ => return None,
        }
    }
    String::from_utf8(bytes).ok().filter(|name| !name.is_empty())
}

impl Store for Directory {
    fn databases(&self) -> Result<Vec<String>, SqlError> {
        self.listed(&self.path, "", true)
    }

    fn create_database(&mut self, database: &str) -> Result<(), SqlError> {
        self.files.make_directory(&self.database(database)).map_err(|words| self.wrong(&words))
    }

    fn about(&self, database: &str) -> Result<Option<String>, SqlError> {
        self.files.read(&self.about_file(database)).map_err(|words| self.wrong(&words))
    }

    fn keep_about(&mut self, database: &str, statement: &str) -> Result<(), SqlError> {
        let file = self.about_file(database);
        self.files.write(&file, &format!("{statement}\n")).map_err(|words| self.wrong(&words))
    }

    fn drop_database(&mut self, database: &str) -> Result<(), SqlError> {
        for space in [Space::Relations, Space::Functions] {
            for name in self.names(database, space)? {
                self.remove(database, space, &name)?;
            }
        }
        if self.about(database)?.is_some() {
            self.files.remove(&self.about_file(database)).map_err(|words| self.wrong(&words))?;
        }
        self.files.remove(&self.database(database)).map_err(|words| self.wrong(&words))
    }

    fn names(&self, database: &str, space: Space) -> Result<Vec<String>, SqlError> {
        self.listed(&self.database(database), end_of(space), false)
    }

    fn read(&self, database: &str, space: Space, name: &str) -> Result<Option<String>, SqlError> {
        self.files.read(&self.file(database, space, name)).map_err(|words| self.wrong(&words))
    }

    fn write(&mut self, database: &str, space: Space, name: &str, statement: &str) -> Result<(), SqlError> {
        let file = self.file(database, space, name);
        self.files.write(&file, &format!("{statement}\n")).map_err(|words| self.wrong(&words))
    }

    fn remove(&mut self, database: &str, space: Space, name: &str) -> Result<(), SqlError> {
        self.files.remove(&self.file(database, space, name)).map_err(|words| self.wrong(&words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_of_a_file_and_found_again() {
        for (name, file) in [
            ("orders", "orders"),
            ("Orders_2026-11", "Orders_2026-11"),
            ("x.function", "x%2Efunction"),
            ("../up", "%2E%2E%2Fup"),
            ("größe", "gr%C3%B6%C3%9Fe"),
        ] {
            assert_eq!(file_name(name), file);
            assert_eq!(name_of(file).as_deref(), Some(name));
        }
        // What somebody else has put there has no name.
        for file in ["", "a b", "x.function", "%2", "%zz", "%FF"] {
            assert_eq!(name_of(file), None, "{file}");
        }
    }
}
