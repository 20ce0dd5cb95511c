//! What names mean: `catalog.database.name`, of which the first parts may be left out.
//!
//! ```text
//!   name ─► in full ─► temporary, or what its catalog has ─► the statement that makes it ─► a table (`create.rs`, `view.rs`)
//! ```
//!
//! | part | file |
//! |---|---|
//! | names, catalogs, databases | here |
//! | what is said of these | `about.rs` |
//! | where statements are kept: in memory, in a directory | `store.rs`, `directory.rs` |
//! | what a name means: a table, a query, a function | `lookup.rs` |
//! | what the planner asks for | `provider.rs` |

mod about;
mod directory;
mod lookup;
mod provider;
mod store;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use datafusion_common::config::ConfigOptions;
use datafusion_expr::planner::{ExprPlanner, RelationPlanner};
use datafusion_sql::sqlparser::ast::ObjectName;

use crate::about::About;
use crate::as_of::Versions;
use crate::declaration::quoted;
use crate::error::SqlError;
use crate::files::Files;
use crate::functions::Operators;
use crate::row_fields::RowFields;
use crate::table::did_you_mean;
use crate::unnest::Unnests;
use crate::windows::WindowCalls;
use directory::Directory;
use store::{InMemory, Space, Store};

pub(crate) use lookup::{Definition, Found, parts_of};
pub(crate) use store::Kind;

/// What is there to begin with, as in Flink.
const DEFAULT_CATALOG: &str = "default_catalog";
const DEFAULT_DATABASE: &str = "default_database";
/// The type of a catalog that is gone with its session.
const IN_MEMORY: &str = "generic_in_memory";

/// A name with all of its parts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FullName {
    pub(crate) catalog: String,
    pub(crate) database: String,
    pub(crate) name: String,
}

impl fmt::Display for FullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [catalog, database, name] = [&self.catalog, &self.database, &self.name].map(|part| quoted(part));
        write!(f, "{catalog}.{database}.{name}")
    }
}

/// A catalog, and in which of its databases one is to begin with.
struct Cataloged {
    store: Box<dyn Store>,
    default_database: String,
    about: About,
}

/// What the options of a catalog make.
struct Opened {
    store: Box<dyn Store>,
    default_database: String,
}

/// Everything that has a name.
pub(crate) struct Catalog {
    catalogs: BTreeMap<String, Cataloged>,
    current: (String, String),
    temporary: BTreeMap<(Space, FullName), String>,
    /// Functions of the session in every database.
    system_functions: BTreeMap<String, String>,
    pub(crate) planner_options: ConfigOptions,
    pub(crate) files: Arc<dyn Files>,
    planners: Vec<Arc<dyn ExprPlanner>>,
    relations: Vec<Arc<dyn RelationPlanner>>,
    /// The views whose queries are being planned: none of them may be within itself.
    pub(crate) planned_views: RefCell<Vec<FullName>>,
}

impl Catalog {
    /// An empty one.
    pub(crate) fn new(files: Arc<dyn Files>) -> Self {
        let mut planner_options = ConfigOptions::default();
        let parser = &mut planner_options.sql_parser;
        // As in Flink: names are what they are written as, 0.5 is a DECIMAL, nulls are less than everything.
        parser.enable_ident_normalization = false;
        parser.parse_float_as_decimal = true;
        parser.default_null_ordering = "nulls_min".into();
        parser.collect_spans = true;
        planner_options.optimizer.enable_physical_uncorrelated_scalar_subquery = false;
        let mut store = InMemory::default();
        store.create_database(DEFAULT_DATABASE).expect("memory takes all");
        let options = [("type", IN_MEMORY), ("default-database", DEFAULT_DATABASE)];
        let options = options.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let about = About { comment: None, options: options.into() };
        let first =
            Cataloged { store: Box::new(store), default_database: DEFAULT_DATABASE.to_owned(), about };
        Self {
            catalogs: BTreeMap::from([(DEFAULT_CATALOG.to_owned(), first)]),
            current: (DEFAULT_CATALOG.to_owned(), DEFAULT_DATABASE.to_owned()),
            temporary: BTreeMap::new(),
            system_functions: BTreeMap::new(),
            planner_options,
            files,
            planners: vec![Arc::new(Operators), Arc::new(RowFields)],
            relations: vec![Arc::new(WindowCalls), Arc::new(Versions), Arc::new(Unnests)],
            planned_views: RefCell::default(),
        }
    }

    /// The catalog and database in which names are looked for.
    pub(crate) fn current(&self) -> (&str, &str) {
        (&self.current.0, &self.current.1)
    }

    /// The names of all catalogs.
    pub(crate) fn catalogs(&self) -> impl Iterator<Item = &String> {
        self.catalogs.keys()
    }

    /// The names of the databases of a catalog.
    pub(crate) fn databases(&self, catalog: &str) -> Result<Vec<String>, SqlError> {
        self.cataloged(catalog)?.store.databases()
    }

    fn cataloged(&self, catalog: &str) -> Result<&Cataloged, SqlError> {
        self.catalogs.get(catalog).ok_or_else(|| self.no_catalog(catalog))
    }

    fn cataloged_mut(&mut self, catalog: &str) -> Result<&mut Cataloged, SqlError> {
        match self.catalogs.contains_key(catalog) {
            true => Ok(self.catalogs.get_mut(catalog).expect("it is there")),
            false => Err(self.no_catalog(catalog)),
        }
    }

    fn no_catalog(&self, catalog: &str) -> SqlError {
        let advice = did_you_mean(catalog, self.catalogs.keys().map(String::as_str));
        SqlError::new(format!("there is no catalog {catalog}{advice}"))
    }

    /// A database by its name in one or two parts: `database` or `catalog.database`.
    pub(crate) fn database(&self, parts: &[&str]) -> Result<(String, String), SqlError> {
        let (catalog, database) = match parts {
            [database] => (self.current.0.as_str(), *database),
            [catalog, database] => (*catalog, *database),
            _ => return Err(SqlError::new(format!("{} is no name of a database", parts.join(".")))),
        };
        let there = self.databases(catalog)?;
        if !there.iter().any(|name| name == database) {
            let advice = did_you_mean(database, there.iter().map(String::as_str));
            return Err(SqlError::new(format!("there is no database {database}{advice}")));
        }
        Ok((catalog.to_owned(), database.to_owned()))
    }

    /// Makes a database. `false` if it is there.
    pub(crate) fn create_database(&mut self, name: &ObjectName, about: &About) -> Result<bool, SqlError> {
        let parts = parts_of(name);
        let (catalog, database) = match parts.as_slice() {
            [database] => (self.current.0.clone(), *database),
            [catalog, database] => ((*catalog).to_owned(), *database),
            _ => return Err(SqlError::new(format!("{name} is no name of a database"))),
        };
        let cataloged = self.cataloged_mut(&catalog)?;
        if cataloged.store.databases()?.iter().any(|there| there == database) {
            return Ok(false);
        }
        cataloged.store.create_database(database)?;
        if *about != About::default() {
            self.keep_about(&catalog, database, about)?;
        }
        Ok(true)
    }

    /// Removes a database, which has to be empty unless it goes with all that is in it.
    pub(crate) fn drop_database(&mut self, name: &ObjectName, cascade: bool) -> Result<(), SqlError> {
        let (catalog, database) = self.database(&parts_of(name))?;
        if self.current == (catalog.clone(), database.clone()) {
            return Err(SqlError::new(format!(
                "{database} is the database of this session; USE another one before"
            )));
        }
        let cataloged = self.cataloged_mut(&catalog)?;
        let mut is_empty = true;
        for space in [Space::Relations, Space::Functions] {
            is_empty &= cataloged.store.names(&database, space)?.is_empty();
        }
        if !is_empty && !cascade {
            return Err(SqlError::new(format!(
                "database {database} is not empty; DROP DATABASE {database} CASCADE"
            )));
        }
        cataloged.store.drop_database(&database)
    }

    /// Makes a catalog as its options say. `false` if it is there.
    pub(crate) fn create_catalog(&mut self, name: &str, about: &About) -> Result<bool, SqlError> {
        if self.catalogs.contains_key(name) {
            return Ok(false);
        }
        let Opened { mut store, default_database } = self.opened(name, &about.options)?;
        if !store.databases()?.contains(&default_database) {
            store.create_database(&default_database)?;
        }
        let cataloged = Cataloged { store, default_database, about: about.clone() };
        self.catalogs.insert(name.to_owned(), cataloged);
        Ok(true)
    }

    /// What the options of a catalog say that it is.
    fn opened(&self, name: &str, options: &BTreeMap<String, String>) -> Result<Opened, SqlError> {
        let wrong = |words: String| SqlError::new(format!("catalog {name}: {words}"));
        let known = ["type", "path", "default-database"];
        if let Some(key) = options.keys().find(|key| !known.contains(&key.as_str())) {
            return Err(wrong(format!("there is no option '{key}'; it takes {}", known.join(", "))));
        }
        let default_database = options.get("default-database").map_or("default", String::as_str).to_owned();
        let store: Box<dyn Store> = match options.get("type").map(String::as_str) {
            Some(IN_MEMORY) => Box::new(InMemory::default()),
            Some("directory") => {
                let path = options.get("path");
                let path =
                    path.ok_or_else(|| wrong("it has no 'path'; add 'path' = 'catalog/'".to_owned()))?;
                Box::new(Directory::open(path, self.files.clone())?)
            }
            _ => {
                return Err(wrong(
                    "'type' says what it is: 'generic_in_memory', or 'directory' with a 'path'".to_owned(),
                ));
            }
        };
        Ok(Opened { store, default_database })
    }

    /// Forgets a catalog; what is in a directory stays there.
    pub(crate) fn drop_catalog(&mut self, name: &str) -> Result<(), SqlError> {
        if self.current.0 == name {
            return Err(SqlError::new(format!(
                "{name} is the catalog of this session; USE CATALOG another one before"
            )));
        }
        match self.catalogs.remove(name) {
            Some(_) => Ok(()),
            None => Err(self.no_catalog(name)),
        }
    }

    /// Looks for names in a catalog from now on.
    pub(crate) fn use_catalog(&mut self, name: &str) -> Result<(), SqlError> {
        let database = self.cataloged(name)?.default_database.clone();
        self.current = (name.to_owned(), database);
        Ok(())
    }

    /// Looks for names in a database from now on.
    pub(crate) fn use_database(&mut self, name: &ObjectName) -> Result<(), SqlError> {
        self.current = self.database(&parts_of(name))?;
        Ok(())
    }
}
