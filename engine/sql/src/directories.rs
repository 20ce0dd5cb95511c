//! What lies in the directory of a table: its partitions, which are directories in it, and the end of all of that.
//!
//! ```text
//!   t/dt=2025-01-01/hm=23%3A58/part-0-0.csv      SHOW PARTITIONS t ─► dt=2025-01-01/hm=23:58
//! ```
//!
//! Looks at files while a statement is run, and not while it is planned. Removes only what a query would read, and what lies beside
//! that in a partition.

use std::path::{Path, PathBuf};

use connect::format::{directory_of, named_by};
use connect::read::is_visible;
use datafusion_sql::sqlparser::ast::{Ident, ObjectName};

use crate::catalog::{Kind, parts_of};
use crate::connector::{Connector, FilesTable};
use crate::error::SqlError;
use crate::files::Files;
use crate::session::{Outcome, Session, located};
use crate::statement::Partition;
use crate::table::{Table, did_you_mean};

/// A partition that is there.
struct Found {
    path: PathBuf,
    /// Columns and values, as they stand in names of directories.
    values: Vec<(String, String)>,
}

/// A table in partitions.
struct Partitioned {
    files: FilesTable,
    /// The columns that name directories, in their order.
    columns: Vec<String>,
}

impl Session {
    /// The partitions of a table that have these values.
    pub(crate) fn partitions(&self, name: &ObjectName, of: &Partition) -> Result<Vec<String>, SqlError> {
        let table = self.partitioned(name)?;
        table.check(of)?;
        let found = self.found(&table)?.into_iter().filter(|found| table.takes(of, found));
        let written = |(column, value): &(String, String)| format!("{column}={value}");
        let mut names: Vec<String> =
            found.map(|found| found.values.iter().map(written).collect::<Vec<_>>().join("/")).collect();
        names.sort_unstable();
        Ok(names)
    }

    /// Makes directories of partitions, which have no rows then.
    pub(crate) fn add_partitions(
        &self,
        name: &ObjectName,
        partitions: &[Partition],
        if_not_exists: bool,
    ) -> Result<Outcome, SqlError> {
        let table = self.partitioned(name)?;
        let there = self.found(&table)?;
        for partition in partitions {
            table.check(partition)?;
            let value = |column: &String| {
                let value = partition.iter().find(|(name, _)| name.value == *column);
                let value = value.ok_or_else(|| {
                    located(SqlError::new(format!("PARTITION (…) has no {column}; say which it is")), name)
                })?;
                Ok(directory_of(column, table.text(value.1.as_deref())))
            };
            let directories = table.columns.iter().map(value).collect::<Result<PathBuf, SqlError>>()?;
            if !if_not_exists && there.iter().any(|found| table.takes(partition, found)) {
                let words = format!("partition {} is there already", directories.display());
                return Err(located(SqlError::new(words), name));
            }
            let path = table.files.path.join(directories);
            self.catalog.files.make_directory(&path.to_string_lossy()).map_err(SqlError::new)?;
        }
        Ok(Outcome::Done)
    }

    /// Removes partitions with all that is in them.
    pub(crate) fn drop_partitions(
        &self,
        name: &ObjectName,
        partitions: &[Partition],
        if_exists: bool,
    ) -> Result<Outcome, SqlError> {
        let table = self.partitioned(name)?;
        let there = self.found(&table)?;
        for partition in partitions {
            table.check(partition)?;
            let mut gone = there.iter().filter(|found| table.takes(partition, found)).peekable();
            if gone.peek().is_none() && !if_exists {
                let words =
                    format!("there is no such partition; SHOW PARTITIONS {name} lists those there are");
                return Err(match partition.first() {
                    Some((column, _)) => SqlError::new(words).at_ident(column),
                    None => located(SqlError::new(words), name),
                });
            }
            for found in gone {
                remove_all(&*self.catalog.files, &found.path).map_err(SqlError::new)?;
            }
        }
        Ok(Outcome::Done)
    }

    /// Takes all rows out of a table.
    pub(crate) fn truncate(&self, name: &ObjectName) -> Result<Outcome, SqlError> {
        let (_, table) = self.declared_table(name, "TRUNCATE")?;
        let Connector::Files(table) = table.connector else {
            let words = "TRUNCATE takes a table of files ('connector' = 'filesystem')";
            return Err(located(SqlError::new(words), name));
        };
        let (files, path) = (&*self.catalog.files, table.path.to_string_lossy());
        let removed = match files.list(&path) {
            Ok(listed) => {
                let mut listed = listed.into_iter().filter(|listed| is_visible(&listed.name));
                listed.try_for_each(|listed| match listed.is_directory {
                    true => remove_all(files, &table.path.join(listed.name)),
                    false => files.remove(&table.path.join(listed.name).to_string_lossy()),
                })
            }
            // It is a file itself, or nothing has been written yet.
            Err(_) if files.bytes(&path).is_some() => files.remove(&path),
            Err(_) => Ok(()),
        };
        removed.map_err(|words| located(SqlError::new(words), name))?;
        Ok(Outcome::Done)
    }

    /// What Flink counts here, the planner sees when it looks at files: so it is enough that the names are right.
    pub(crate) fn analyze(&self, name: &ObjectName, columns: &[Ident]) -> Result<Outcome, SqlError> {
        let (_, table) = self.declared_table(name, "ANALYZE")?;
        for column in columns {
            if table.schema.column_with_name(&column.value).is_none() {
                let names = table.schema.fields().iter().map(|field| field.name().as_str());
                let advice = did_you_mean(&column.value, names);
                let words = format!("{name} has no column {}{advice}", column.value);
                return Err(SqlError::new(words).at_ident(column));
            }
        }
        Ok(Outcome::Done)
    }

    /// The table that was declared under this name.
    fn declared_table(&self, name: &ObjectName, verb: &str) -> Result<(String, Table), SqlError> {
        let full = self.catalog.full(&parts_of(name)).map_err(|error| located(error, name))?;
        let found = self.catalog.find(Kind::Table, &full).map_err(|error| located(error, name))?;
        if found.is_some_and(|found| found.definition.kind() == Kind::View) {
            let words = format!("{} is a view; {verb} takes a table", full.name);
            return Err(located(SqlError::new(words), name));
        }
        let table = self.catalog.table(&parts_of(name)).map_err(|error| located(error, name))?;
        Ok((full.name, table))
    }

    fn partitioned(&self, name: &ObjectName) -> Result<Partitioned, SqlError> {
        let (word, table) = self.declared_table(name, "PARTITION")?;
        let stored = table.stored;
        match table.connector {
            Connector::Files(files) if !files.partitions().is_empty() => {
                let columns = files.partitions().iter().map(|place| stored.field(*place).name().clone());
                Ok(Partitioned { columns: columns.collect(), files })
            }
            _ => {
                let words = format!("{word} has no partitions; PARTITIONED BY (…) declares them");
                Err(located(SqlError::new(words), name))
            }
        }
    }

    /// The partitions that are there.
    fn found(&self, table: &Partitioned) -> Result<Vec<Found>, SqlError> {
        let files = &*self.catalog.files;
        let mut found = vec![Found { path: table.files.path.clone(), values: Vec::new() }];
        for (depth, column) in table.columns.iter().enumerate() {
            let mut below = Vec::new();
            for above in &found {
                let listed = match files.list(&above.path.to_string_lossy()) {
                    Ok(listed) => listed,
                    // Nothing has been written yet.
                    Err(_) if depth == 0 => Vec::new(),
                    Err(words) => return Err(SqlError::new(words)),
                };
                for listed in listed.into_iter().filter(|listed| listed.is_directory) {
                    if let Some(named) = named_by(&listed.name).filter(|(name, _)| name == column) {
                        let values = above.values.iter().cloned().chain([named]).collect();
                        below.push(Found { path: above.path.join(&listed.name), values });
                    }
                }
            }
            found = below;
        }
        Ok(found)
    }
}

impl Partitioned {
    /// Whether these are columns that partitions have.
    fn check(&self, partition: &Partition) -> Result<(), SqlError> {
        match partition.iter().find(|(name, _)| !self.columns.contains(&name.value)) {
            None => Ok(()),
            Some((name, _)) => {
                let words = format!(
                    "{} is no column of partitions; these are {}",
                    name.value,
                    self.columns.join(", ")
                );
                Err(SqlError::new(words).at_ident(name))
            }
        }
    }

    /// Whether a partition that is there has these values.
    fn takes(&self, partition: &Partition, found: &Found) -> bool {
        let has = |(name, value): &(Ident, Option<String>)| {
            let value = self.text(value.as_deref());
            found.values.iter().any(|(column, there)| *column == name.value && there == value)
        };
        partition.iter().all(has)
    }

    /// What a value is called: nothing has a name of its own.
    fn text<'a>(&'a self, value: Option<&'a str>) -> &'a str {
        value.filter(|value| !value.is_empty()).unwrap_or_else(|| self.files.default_partition())
    }
}

/// Removes a directory and all that is in it.
fn remove_all(files: &dyn Files, path: &Path) -> Result<(), String> {
    let name = path.to_string_lossy();
    for listed in files.list(&name)? {
        let inner = path.join(&listed.name);
        match listed.is_directory {
            true => remove_all(files, &inner)?,
            false => files.remove(&inner.to_string_lossy())?,
        }
    }
    files.remove(&name)
}
