//! What a name means: the statement that makes it, and what that comes to. Nothing that was computed is kept, so a table that
//! is altered is another one for views too, and what others have put in a directory is seen.

use datafusion_common::DFSchema;
use datafusion_expr::{Expr, LogicalPlan};
use datafusion_sql::planner::{ParserOptions, SqlToRel};
use datafusion_sql::sqlparser::ast::{self, ObjectName, Query};

use super::store::{Kind, Space};
use super::{Catalog, FullName};
use crate::as_of;
use crate::declaration::{Declaration, quoted};
use crate::error::SqlError;
use crate::floats::with_floats;
use crate::lateral::without_laterals;
use crate::literals::{with_doubles, with_ints};
use crate::macros::{Macro, with_macros};
use crate::mixing::refuse_mixed_types;
use crate::one_type::with_one_type;
use crate::shape::{
    refuse_what_is_misread, under_names, value_names, with_limit, with_names, with_names_of_values,
};
use crate::statement::{self, CreateView, Lifetime, Statement};
use crate::syntax::with_calls;
use crate::table::{self, Table};
use crate::unnest::as_unnests;
use crate::wildcards::with_whole_wildcards;
use crate::windows::{as_window_tables, with_group_windows};

/// What a catalog has under a name.
pub(crate) struct Found {
    pub(crate) definition: Definition,
    pub(crate) is_temporary: bool,
}

/// What a statement makes.
#[derive(Clone, Debug)]
pub(crate) enum Definition {
    Table(Box<Declaration>),
    View(Box<CreateView>),
    Function(Box<Macro>),
}

impl Definition {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Table(_) => Kind::Table,
            Self::View(_) => Kind::View,
            Self::Function(_) => Kind::Function,
        }
    }

    /// From the statement that makes it.
    fn read(text: &str) -> Result<Self, SqlError> {
        let mut statements = statement::parse(text)?;
        match (statements.pop().map(|located| located.statement), statements.is_empty()) {
            (Some(Statement::CreateTable(table)), true) => Ok(Self::Table(Box::new(table.declaration))),
            (Some(Statement::CreateView(view)), true) => Ok(Self::View(view)),
            (Some(Statement::CreateFunction(function)), true) => {
                Ok(Self::Function(Box::new(function.function)))
            }
            _ => Err(SqlError::new("it is kept as something that makes no table, view or function")),
        }
    }
}

/// The parts of a name.
pub(crate) fn parts_of(name: &ObjectName) -> Vec<&str> {
    name.0.iter().filter_map(|part| part.as_ident()).map(|ident| ident.value.as_str()).collect()
}

impl Catalog {
    /// A name with all of its parts.
    pub(crate) fn full(&self, parts: &[&str]) -> Result<FullName, SqlError> {
        let (catalog, database) = self.current();
        let [catalog, database, name] = match *parts {
            [name] => [catalog, database, name],
            [database, name] => [catalog, database, name],
            [catalog, database, name] => [catalog, database, name],
            _ => {
                let words = "a name has up to three parts: catalog.database.name";
                return Err(SqlError::new(format!("{}: {words}", parts.join("."))));
            }
        }
        .map(str::to_owned);
        Ok(FullName { catalog, database, name })
    }

    /// The statement of a name, and whether it is temporary.
    fn text(&self, space: Space, name: &FullName) -> Result<Option<(String, bool)>, SqlError> {
        if let Some(text) = self.temporary.get(&(space, name.clone())) {
            return Ok(Some((text.clone(), true)));
        }
        let text = self.cataloged(&name.catalog)?.store.read(&name.database, space, &name.name)?;
        Ok(text.map(|text| (text, false)))
    }

    /// What there is under a name.
    pub(crate) fn find(&self, kind: Kind, name: &FullName) -> Result<Option<Found>, SqlError> {
        let Some((text, is_temporary)) = self.text(kind.space(), name)? else { return Ok(None) };
        let definition = Definition::read(&text);
        let definition = definition
            .map_err(|error| SqlError::new(format!("what is kept of {name}: {}", error.words())))?;
        Ok(Some(Found { definition, is_temporary }))
    }

    /// Keeps what a name means.
    pub(crate) fn keep(
        &mut self,
        kind: Kind,
        name: &FullName,
        is_temporary: bool,
        written: &str,
    ) -> Result<(), SqlError> {
        let text = format!("CREATE {} {} {written}", kind.word(), quoted(&name.name));
        // Of a name in a database that there is not nothing is kept, temporary or not.
        self.database(&[&name.catalog, &name.database])?;
        if is_temporary {
            self.temporary.insert((kind.space(), name.clone()), text);
            return Ok(());
        }
        self.cataloged_mut(&name.catalog)?.store.write(&name.database, kind.space(), &name.name, &text)
    }

    /// Forgets what a name means.
    pub(crate) fn forget(&mut self, kind: Kind, name: &FullName, is_temporary: bool) -> Result<(), SqlError> {
        if is_temporary {
            self.temporary.remove(&(kind.space(), name.clone()));
            return Ok(());
        }
        self.cataloged_mut(&name.catalog)?.store.remove(&name.database, kind.space(), &name.name)
    }

    /// Keeps a function for all databases, as long as the session is.
    pub(crate) fn keep_system_function(&mut self, name: String, written: &str) {
        let text = format!("CREATE FUNCTION {} {written}", quoted(&name));
        self.system_functions.insert(name, text);
    }

    /// Whether a function of all databases was there, which is no more.
    pub(crate) fn forget_system_function(&mut self, name: &str) -> bool {
        self.system_functions.remove(name).is_some()
    }

    /// Whether there is a function of all databases.
    pub(crate) fn has_system_function(&self, name: &str) -> bool {
        self.system_functions.contains_key(name)
    }

    /// The names of tables and views, or of views alone, in a database, or of its functions.
    pub(crate) fn names(&self, kind: Kind, database: &(String, String)) -> Result<Vec<String>, SqlError> {
        let space = kind.space();
        let mut names = self.cataloged(&database.0)?.store.names(&database.1, space)?;
        let temporary = self.temporary.keys().filter(|(of, name)| {
            *of == space && (&name.catalog, &name.database) == (&database.0, &database.1)
        });
        names.extend(temporary.map(|(_, name)| name.name.clone()));
        if space == Space::Functions {
            names.extend(self.system_functions.keys().cloned());
        }
        names.sort_unstable();
        names.dedup();
        if kind == Kind::View {
            let full = |name: &String| FullName {
                catalog: database.0.clone(),
                database: database.1.clone(),
                name: name.clone(),
            };
            let is_view = |name: &String| {
                let found = self.find(Kind::View, &full(name));
                matches!(found, Ok(Some(Found { definition: Definition::View(_), .. })))
            };
            names.retain(is_view);
        }
        Ok(names)
    }

    /// The names in the current database, as far as it can be read.
    pub(crate) fn current_names(&self, kind: Kind) -> Vec<String> {
        self.names(kind, &self.current).unwrap_or_default()
    }

    /// The table or view of this name, or files of this path.
    pub(crate) fn table(&self, parts: &[&str]) -> Result<Table, SqlError> {
        let full = self.full(parts)?;
        match self.find(Kind::Table, &full)? {
            Some(Found { definition: Definition::Table(declaration), .. }) => {
                return self.declared(&full, &declaration);
            }
            Some(Found { definition: Definition::View(view), .. }) => return self.view(&full, &view),
            _ => {}
        }
        if let [path] = parts
            && table::is_path(path)
        {
            return table::of_path(path, &*self.files);
        }
        self.database(&[&full.catalog, &full.database])?;
        Err(self.no_table(&full))
    }

    /// What to say of a table that is not there.
    pub(crate) fn no_table(&self, name: &FullName) -> SqlError {
        let database = (name.catalog.clone(), name.database.clone());
        let known = self.names(Kind::Table, &database).unwrap_or_default();
        let name = &name.name;
        let advice = match table::nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("; did you mean {near}?"),
            None if known.is_empty() => {
                "; CREATE TABLE makes one, and 'data.parquet' reads a file".to_owned()
            }
            None => format!("; there are {}", known.join(", ")),
        };
        SqlError::new(format!("there is no table {name}{advice}"))
    }

    /// The function of the user of this name, in capital letters or small ones.
    pub(crate) fn function(&self, name: &ObjectName) -> Option<Macro> {
        match Definition::read(&self.function_text(name)?.0) {
            Ok(Definition::Function(function)) => Some(*function),
            _ => None,
        }
    }

    /// The statement that makes such a function, and how long that is.
    pub(crate) fn function_text(&self, name: &ObjectName) -> Option<(String, Lifetime)> {
        let mut parts = parts_of(name);
        let upper = parts.pop()?.to_uppercase();
        if let (Some(text), true) = (self.system_functions.get(&upper), parts.is_empty()) {
            return Some((text.clone(), Lifetime::System));
        }
        parts.push(&upper);
        let (text, is_temporary) = self.text(Space::Functions, &self.full(&parts).ok()?).ok()??;
        Some((text, if is_temporary { Lifetime::Temporary } else { Lifetime::Permanent }))
    }

    /// A query with its names and types resolved.
    pub(crate) fn query(&self, query: &Query) -> Result<LogicalPlan, SqlError> {
        refuse_what_is_misread(query)?;
        let mut query = query.clone();
        with_macros(&mut query, &|name| self.function(name))?;
        with_doubles(&mut query);
        with_calls(&mut query)?;
        with_one_type(&mut query, &self.resolver())?;
        with_names(&mut query);
        with_names_of_values(&mut query);
        let names = value_names(&query);
        with_whole_wildcards(&mut query);
        with_limit(&mut query)?;
        with_group_windows(&mut query);
        as_unnests(&mut query);
        let plan = as_of::checked(as_window_tables(
            self.resolver().sql_statement_to_plan(ast::Statement::Query(Box::new(query)))?,
        )?)?;
        let plan = if names.is_empty() { plan } else { under_names(plan, &names)? };
        let plan = with_ints(plan)?;
        refuse_mixed_types(&plan)?;
        without_laterals(with_floats(plan)?)
    }

    /// An expression over the columns of this schema, with its names and types resolved.
    pub(crate) fn expression(&self, expr: &ast::Expr, schema: &DFSchema) -> Result<Expr, SqlError> {
        let mut expr = expr.clone();
        with_calls(&mut expr)?;
        Ok(self.resolver().sql_to_expr(expr, schema, &mut Default::default())?)
    }

    /// What finds out what names mean.
    pub(crate) fn resolver(&self) -> SqlToRel<'_, Self> {
        let options = ParserOptions::from(&self.planner_options.sql_parser);
        SqlToRel::new_with_options(self, options)
    }
}
