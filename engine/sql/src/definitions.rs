//! What a session does with names: `CREATE`, `DROP`, `ALTER`, `USE`.

use datafusion_sql::sqlparser::ast::{Ident, ObjectName};

use crate::alter::altered;
use crate::catalog::{Definition, Found, FullName, Kind, parts_of};
use crate::declaration::{Column, ColumnKind, Declaration, Like, Typed};
use crate::error::SqlError;
use crate::like::merged;
use crate::physical::fields_of;
use crate::session::{Outcome, Session, last, located};
use crate::statement::{Alteration, CreateFunction, CreateTable, CreateView, Insert, Lifetime, Statement};
use crate::table::did_you_mean;
use crate::type_syntax::{column_type, parsed_type, written_type};
use crate::view::written_view;

/// What becomes of a name that is there.
#[derive(Clone, Copy, Debug)]
struct New {
    is_temporary: bool,
    or_replace: bool,
    if_not_exists: bool,
}

impl Session {
    /// Does what is about databases and catalogs, or alters something.
    pub(crate) fn define(&mut self, statement: &Statement) -> Result<Outcome, SqlError> {
        match statement {
            Statement::CreateDatabase { name, if_not_exists, about } => {
                let is_new = self.catalog.create_database(name, about);
                let is_new = is_new.map_err(|error| located(error, name))?;
                new_one("database", &last(name), is_new || *if_not_exists)
            }
            Statement::CreateCatalog { name, if_not_exists, about } => {
                let is_new = self.catalog.create_catalog(&name.value, about);
                let is_new = is_new.map_err(|error| error.at_ident(name))?;
                new_one("catalog", &name.value, is_new || *if_not_exists)
            }
            Statement::DropDatabase { name, if_exists, cascade } => {
                if *if_exists && self.catalog.database(&parts_of(name)).is_err() {
                    return Ok(Outcome::Done);
                }
                done(self.catalog.drop_database(name, *cascade).map_err(|error| located(error, name)))
            }
            Statement::DropCatalog { name, if_exists } => {
                if *if_exists && !self.catalog.catalogs().any(|there| *there == name.value) {
                    return Ok(Outcome::Done);
                }
                done(self.catalog.drop_catalog(&name.value).map_err(|error| error.at_ident(name)))
            }
            Statement::Use(name) => {
                done(self.catalog.use_database(name).map_err(|error| located(error, name)))
            }
            Statement::UseCatalog(name) => {
                done(self.catalog.use_catalog(&name.value).map_err(|error| error.at_ident(name)))
            }
            Statement::AlterTable { name, if_exists, alteration } => {
                self.alter_table(name, *if_exists, alteration)
            }
            Statement::AlterDatabase { name, saying } => {
                done(self.catalog.alter_database(name, saying).map_err(|error| located(error, name)))
            }
            Statement::AlterCatalog { name, saying } => {
                done(self.catalog.alter_catalog(&name.value, saying).map_err(|error| error.at_ident(name)))
            }
            Statement::AlterFunction { function, if_exists } => self.alter_function(function, *if_exists),
            Statement::RenameView { name, to } => {
                self.existing(Kind::View, name, "ALTER")?;
                self.rename(Kind::View, name, to)
            }
            Statement::AlterView { name, written } => self.alter_view(name, written),
            other => unreachable!("{other:?} is done by others"),
        }
    }

    pub(crate) fn create_table(&mut self, table: &CreateTable) -> Result<Outcome, SqlError> {
        let full = self.catalog.full(&parts_of(&table.name)).map_err(|error| located(error, &table.name))?;
        let mut declaration = match &table.like {
            Some(like) => self.like(like, &table.declaration)?,
            None => table.declaration.clone(),
        };
        if let Some(query) = &table.query {
            if !declaration.columns.is_empty() {
                let words = "CREATE TABLE … AS SELECT takes its columns from the query; leave them out";
                return Err(located(SqlError::new(words), &table.name));
            }
            let planned = self.catalog.query(query)?;
            for field in &fields_of(planned.schema()) {
                declaration.columns.push(column_of(field)?);
            }
        }
        self.catalog.declared(&full, &declaration).map_err(|error| located(error, &table.name))?;
        let new = New {
            is_temporary: table.lifetime != Lifetime::Permanent,
            or_replace: table.or_replace,
            if_not_exists: table.if_not_exists,
        };
        let written = declaration.to_string();
        if !self.keep_new(Kind::Table, &full, new, &written).map_err(|error| located(error, &table.name))? {
            return Ok(Outcome::Done);
        }
        match &table.query {
            Some(query) => self.inserts(&[Insert {
                table: table.name.clone(),
                overwrite: false,
                columns: Vec::new(),
                partition: Vec::new(),
                query: query.clone(),
            }]),
            None => Ok(Outcome::Done),
        }
    }

    /// What a declaration becomes with that of the table that it is like.
    fn like(&self, like: &Like, own: &Declaration) -> Result<Declaration, SqlError> {
        let base = self.existing(Kind::Table, &like.table, "CREATE")?;
        let Definition::Table(base) = base.definition else { unreachable!("tables are tables") };
        merged(*base, own, like).map_err(|error| located(error, &like.table))
    }

    pub(crate) fn create_view(&mut self, view: &CreateView) -> Result<Outcome, SqlError> {
        let full = self.catalog.full(&parts_of(&view.name)).map_err(|error| located(error, &view.name))?;
        self.catalog.view(&full, view)?;
        let query = self.catalog.in_full(&view.written)?;
        let written = written_view(&view.columns, view.comment.as_deref(), &query);
        let new = New {
            is_temporary: view.lifetime != Lifetime::Permanent,
            or_replace: view.or_replace,
            if_not_exists: view.if_not_exists,
        };
        self.keep_new(Kind::View, &full, new, &written).map_err(|error| located(error, &view.name))?;
        Ok(Outcome::Done)
    }

    pub(crate) fn create_function(&mut self, function: &CreateFunction) -> Result<Outcome, SqlError> {
        let name = &function.name;
        let there = |key: &str| {
            let words = format!("function {key} is there already; DROP it before");
            if function.if_not_exists { Ok(Outcome::Done) } else { Err(located(SqlError::new(words), name)) }
        };
        let mut parts = parts_of(name);
        let upper = parts.pop().unwrap_or_default().to_uppercase();
        if function.lifetime == Lifetime::System {
            if self.catalog.has_system_function(&upper) && !function.or_replace {
                return there(&upper);
            }
            self.catalog.keep_system_function(upper, &function.written);
            return Ok(Outcome::Done);
        }
        parts.push(&upper);
        let full = self.catalog.full(&parts).map_err(|error| located(error, name))?;
        let is_temporary = function.lifetime == Lifetime::Temporary;
        let found = self.catalog.find(Kind::Function, &full)?;
        if found.is_some_and(|found| found.is_temporary == is_temporary) && !function.or_replace {
            return there(&upper);
        }
        let kept = self.catalog.keep(Kind::Function, &full, is_temporary, &function.written);
        done(kept.map_err(|error| located(error, name)))
    }

    fn alter_function(&mut self, function: &CreateFunction, if_exists: bool) -> Result<Outcome, SqlError> {
        let found = self.catalog.function_text(&function.name);
        if found.is_some_and(|(_, lifetime)| lifetime == function.lifetime) {
            return self.create_function(function);
        }
        if if_exists {
            return Ok(Outcome::Done);
        }
        Err(located(no_function(&last(&function.name).to_uppercase()), &function.name))
    }

    /// Keeps a table or a view under a name. `false` if there is one, and that is right.
    fn keep_new(&mut self, kind: Kind, name: &FullName, new: New, written: &str) -> Result<bool, SqlError> {
        let found = self.catalog.find(kind, name)?;
        // What is temporary stands before what its catalog has.
        if found.is_some_and(|found| found.is_temporary || !new.is_temporary) && !new.or_replace {
            if new.if_not_exists {
                return Ok(false);
            }
            return Err(SqlError::new(format!("{} is there already; DROP it before", name.name)));
        }
        self.catalog.keep(kind, name, new.is_temporary, written)?;
        Ok(true)
    }

    pub(crate) fn drop_one(
        &mut self,
        what: Kind,
        lifetime: Lifetime,
        name: &ObjectName,
        if_exists: bool,
    ) -> Result<Outcome, SqlError> {
        let mut parts = parts_of(name);
        let upper = parts.last().map(|last| last.to_uppercase()).unwrap_or_default();
        if what == Kind::Function {
            if lifetime == Lifetime::System {
                return match self.catalog.forget_system_function(&upper) || if_exists {
                    true => Ok(Outcome::Done),
                    false => Err(located(no_function(&upper), name)),
                };
            }
            parts.pop();
            parts.push(&upper);
        }
        let full = self.catalog.full(&parts).map_err(|error| located(error, name))?;
        let Some(found) = self.catalog.find(what, &full)? else {
            if if_exists {
                return Ok(Outcome::Done);
            }
            if what == Kind::Function {
                return Err(located(no_function(&upper), name));
            }
            let advice =
                did_you_mean(&full.name, self.catalog.current_names(what).iter().map(String::as_str));
            return Err(located(SqlError::new(format!("there is no {}{advice}", full.name)), name));
        };
        is_of(what, &found, name, "DROP")?;
        if found.is_temporary && lifetime == Lifetime::Permanent && what != Kind::Function {
            let words = format!("{} is temporary; DROP TEMPORARY {} takes it", full.name, what.word());
            return Err(located(SqlError::new(words), name));
        }
        if !found.is_temporary && lifetime == Lifetime::Temporary {
            let words = format!("{} is not temporary; DROP {} takes it", full.name, what.word());
            return if if_exists { Ok(Outcome::Done) } else { Err(located(SqlError::new(words), name)) };
        }
        done(self.catalog.forget(what, &full, found.is_temporary))
    }

    /// What there is under the name of a table or a view.
    pub(crate) fn existing(&self, kind: Kind, name: &ObjectName, verb: &str) -> Result<Found, SqlError> {
        let full = self.catalog.full(&parts_of(name)).map_err(|error| located(error, name))?;
        let found = self.catalog.find(kind, &full).map_err(|error| located(error, name))?;
        let found = found.ok_or_else(|| located(self.catalog.no_table(&full), name))?;
        is_of(kind, &found, name, verb)?;
        Ok(found)
    }

    fn alter_table(
        &mut self,
        name: &ObjectName,
        if_exists: bool,
        alteration: &Alteration,
    ) -> Result<Outcome, SqlError> {
        let full = self.catalog.full(&parts_of(name)).map_err(|error| located(error, name))?;
        if if_exists && self.catalog.find(Kind::Table, &full)?.is_none() {
            return Ok(Outcome::Done);
        }
        let found = self.existing(Kind::Table, name, "ALTER")?;
        if let Alteration::RenameTo(to) = alteration {
            return self.rename(Kind::Table, name, to);
        }
        match alteration {
            Alteration::AddPartitions { partitions, if_not_exists } => {
                return self.add_partitions(name, partitions, *if_not_exists);
            }
            Alteration::DropPartitions { partitions, if_exists } => {
                return self.drop_partitions(name, partitions, *if_exists);
            }
            _ => {}
        }
        let Definition::Table(before) = found.definition else { unreachable!("a table is one") };
        let after = altered(*before, alteration).map_err(|error| located(error, name))?;
        // What was declared before stands in another text: its places are none of this one.
        let checked = self.catalog.declared(&full, &after);
        checked.map_err(|error| located(SqlError::new(error.words()), name))?;
        done(self.catalog.keep(Kind::Table, &full, found.is_temporary, &after.to_string()))
    }

    fn alter_view(&mut self, name: &ObjectName, written: &str) -> Result<Outcome, SqlError> {
        let found = self.existing(Kind::View, name, "ALTER")?;
        let full = self.catalog.full(&parts_of(name))?;
        let Definition::View(before) = found.definition else { unreachable!("a view is one") };
        let query = self.catalog.in_full(written)?;
        let text = written_view(&[], before.comment.as_deref(), &query);
        self.catalog.keep(Kind::View, &full, found.is_temporary, &text)?;
        // A view that cannot be planned, or is within itself, is not kept.
        if let Err(error) = self.catalog.table(&parts_of(name)) {
            let former = written_view(&before.columns, before.comment.as_deref(), &before.written);
            self.catalog.keep(Kind::View, &full, found.is_temporary, &former)?;
            return Err(located(error, name));
        }
        Ok(Outcome::Done)
    }

    /// Another name for a table or a view, in the same database.
    fn rename(&mut self, kind: Kind, name: &ObjectName, to: &ObjectName) -> Result<Outcome, SqlError> {
        let from = self.catalog.full(&parts_of(name))?;
        let target = match parts_of(to).as_slice() {
            [to] => FullName { name: (*to).to_owned(), ..from.clone() },
            parts => self.catalog.full(parts).map_err(|error| located(error, to))?,
        };
        if (&target.catalog, &target.database) != (&from.catalog, &from.database) {
            let words = format!("{} stays in its database: it cannot be renamed to {target}", from.name);
            return Err(located(SqlError::new(words), to));
        }
        if self.catalog.find(kind, &target)?.is_some() {
            return Err(located(SqlError::new(format!("{} is there already", target.name)), to));
        }
        let found = self.existing(kind, name, "ALTER")?;
        let written = match &found.definition {
            Definition::Table(declaration) => declaration.to_string(),
            Definition::View(view) => written_view(&view.columns, view.comment.as_deref(), &view.written),
            Definition::Function(_) => unreachable!("functions are not renamed"),
        };
        self.catalog.keep(kind, &target, found.is_temporary, &written)?;
        done(self.catalog.forget(kind, &from, found.is_temporary))
    }
}

/// A column of a query as one that is declared.
fn column_of(field: &arrow_schema::Field) -> Result<Column, SqlError> {
    let written = written_type(field.data_type());
    let wrong = |words: String| SqlError::new(format!("column {}: {words}", field.name()));
    let data_type = parsed_type(&written).map_err(wrong)?;
    // What no table has, as the type of a null.
    column_type(&data_type).map_err(wrong)?;
    let takes_nulls = field.is_nullable();
    let written = if takes_nulls { written } else { format!("{written} NOT NULL") };
    let kind = ColumnKind::Physical(Typed { data_type, takes_nulls, written });
    Ok(Column { name: Ident::with_quote('`', field.name()), kind, comment: None })
}

/// A table is no view, and a view no table.
fn is_of(kind: Kind, found: &Found, name: &ObjectName, verb: &str) -> Result<(), SqlError> {
    let is = found.definition.kind();
    if is == kind {
        return Ok(());
    }
    let word = is.word();
    let words = format!("{} is a {}; {verb} {word} takes it", last(name), word.to_lowercase());
    Err(located(SqlError::new(words), name))
}

fn no_function(name: &str) -> SqlError {
    SqlError::new(format!("there is no function {name} of yours"))
}

fn new_one(what: &str, name: &str, is_right: bool) -> Result<Outcome, SqlError> {
    match is_right {
        true => Ok(Outcome::Done),
        false => Err(SqlError::new(format!("{what} {name} is there already"))),
    }
}

fn done(result: Result<(), SqlError>) -> Result<Outcome, SqlError> {
    result.map(|()| Outcome::Done)
}
