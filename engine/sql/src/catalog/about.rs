//! What is said of catalogs and databases: read, and altered.

use datafusion_sql::sqlparser::ast::ObjectName;

use super::lookup::parts_of;
use super::{Catalog, Opened};
use crate::about::{About, Saying};
use crate::declaration::quoted;
use crate::error::SqlError;
use crate::statement::{self, Statement};

impl Catalog {
    /// What is said of a catalog.
    pub(crate) fn about_catalog(&self, name: &str) -> Result<&About, SqlError> {
        Ok(&self.cataloged(name)?.about)
    }

    /// Says something else of a catalog, which has to be one then too.
    pub(crate) fn alter_catalog(&mut self, name: &str, saying: &Saying) -> Result<(), SqlError> {
        let about = self.about_catalog(name)?.clone();
        let touches = |key: &str| match saying {
            Saying::Set(options) => options.contains_key(key),
            Saying::Reset(keys) => keys.iter().any(|reset| reset == key),
            Saying::Comment(_) => false,
        };
        if touches("type") {
            return Err(SqlError::new(format!(
                "catalog {name}: its 'type' stays what it is; CREATE CATALOG makes another one"
            )));
        }
        let about = about.with(saying);
        let opened = self.opened(name, &about.options)?;
        let cataloged = self.cataloged_mut(name)?;
        // What is in memory is nowhere else.
        if touches("path") {
            cataloged.store = opened.store;
        }
        let Opened { default_database, .. } = opened;
        if !cataloged.store.databases()?.contains(&default_database) {
            cataloged.store.create_database(&default_database)?;
        }
        cataloged.default_database = default_database;
        cataloged.about = about;
        Ok(())
    }

    /// The full name of a database, and what is said of it.
    pub(crate) fn about_database(&self, name: &ObjectName) -> Result<((String, String), About), SqlError> {
        let (catalog, database) = self.database(&parts_of(name))?;
        let about = match self.cataloged(&catalog)?.store.about(&database)? {
            None => About::default(),
            Some(text) => read(&text).ok_or_else(|| {
                SqlError::new(format!("what is kept of database {database} makes no database: {text}"))
            })?,
        };
        Ok(((catalog, database), about))
    }

    /// Says something else of a database.
    pub(crate) fn alter_database(&mut self, name: &ObjectName, saying: &Saying) -> Result<(), SqlError> {
        let ((catalog, database), about) = self.about_database(name)?;
        self.keep_about(&catalog, &database, &about.with(saying))
    }

    /// Keeps what is said of a database.
    pub(super) fn keep_about(
        &mut self,
        catalog: &str,
        database: &str,
        about: &About,
    ) -> Result<(), SqlError> {
        let text = format!("CREATE DATABASE {}{about}", quoted(database));
        self.cataloged_mut(catalog)?.store.keep_about(database, &text)
    }
}

/// What the statement that makes a database says of it.
fn read(text: &str) -> Option<About> {
    match statement::parse(text).ok()?.pop()?.statement {
        Statement::CreateDatabase { about, .. } => Some(about),
        _ => None,
    }
}
