//! Where the statements are kept that make what a catalog has: a name means the text that would make it again.

use std::collections::BTreeMap;

use crate::error::SqlError;

/// What a name is of. Tables and views share their names, functions have names of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Table,
    View,
    Function,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Table => "TABLE",
            Self::View => "VIEW",
            Self::Function => "FUNCTION",
        }
    }

    /// Which names are told apart.
    pub(super) fn space(self) -> Space {
        match self {
            Self::Table | Self::View => Space::Relations,
            Self::Function => Space::Functions,
        }
    }
}

/// Names that are told apart from one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Space {
    Relations,
    Functions,
}

/// A catalog's databases and what is in them. A database is there if the caller has found it.
pub(crate) trait Store: Send {
    /// The names of its databases, in order.
    fn databases(&self) -> Result<Vec<String>, SqlError>;

    /// Makes one, which is not there.
    fn create_database(&mut self, database: &str) -> Result<(), SqlError>;

    /// The statement that says what it is beside its name, if there is one.
    fn about(&self, database: &str) -> Result<Option<String>, SqlError>;

    /// Keeps such a statement.
    fn keep_about(&mut self, database: &str, statement: &str) -> Result<(), SqlError>;

    /// Removes one, with all that is in it.
    fn drop_database(&mut self, database: &str) -> Result<(), SqlError>;

    /// The names of a database, in order.
    fn names(&self, database: &str, space: Space) -> Result<Vec<String>, SqlError>;

    /// The statement of a name, if there is one.
    fn read(&self, database: &str, space: Space, name: &str) -> Result<Option<String>, SqlError>;

    /// Keeps the statement of a name, in place of another one if there is one.
    fn write(&mut self, database: &str, space: Space, name: &str, statement: &str) -> Result<(), SqlError>;

    /// Forgets a name, which is there.
    fn remove(&mut self, database: &str, space: Space, name: &str) -> Result<(), SqlError>;
}

/// A catalog that is gone with its session.
#[derive(Debug, Default)]
pub(super) struct InMemory {
    databases: BTreeMap<String, BTreeMap<(Space, String), String>>,
    abouts: BTreeMap<String, String>,
}

impl Store for InMemory {
    fn databases(&self) -> Result<Vec<String>, SqlError> {
        Ok(self.databases.keys().cloned().collect())
    }

    fn create_database(&mut self, database: &str) -> Result<(), SqlError> {
        self.databases.insert(database.to_owned(), BTreeMap::new());
        Ok(())
    }

    fn about(&self, database: &str) -> Result<Option<String>, SqlError> {
        Ok(self.abouts.get(database).cloned())
    }

    fn keep_about(&mut self, database: &str, statement: &str) -> Result<(), SqlError> {
        self.abouts.insert(database.to_owned(), statement.to_owned());
        Ok(())
    }

    fn drop_database(&mut self, database: &str) -> Result<(), SqlError> {
        self.databases.remove(database);
        self.abouts.remove(database);
        Ok(())
    }

    fn names(&self, database: &str, space: Space) -> Result<Vec<String>, SqlError> {
        let all = self.databases.get(database).into_iter().flat_map(BTreeMap::keys);
        Ok(all.filter(|(of, _)| *of == space).map(|(_, name)| name.clone()).collect())
    }

    fn read(&self, database: &str, space: Space, name: &str) -> Result<Option<String>, SqlError> {
        let all = self.databases.get(database);
        Ok(all.and_then(|all| all.get(&(space, name.to_owned())).cloned()))
    }

    fn write(&mut self, database: &str, space: Space, name: &str, statement: &str) -> Result<(), SqlError> {
        let all = self.databases.entry(database.to_owned()).or_default();
        all.insert((space, name.to_owned()), statement.to_owned());
        Ok(())
    }

    fn remove(&mut self, database: &str, space: Space, name: &str) -> Result<(), SqlError> {
        if let Some(all) = self.databases.get_mut(database) {
            all.remove(&(space, name.to_owned()));
        }
        Ok(())
    }
}
