//! `ALTER TABLE`: one declaration becomes another one. Whether it makes a table is looked at afterwards, as of every declaration.

use datafusion_sql::sqlparser::ast::Ident;

use crate::declaration::{Column, Declaration};
use crate::error::SqlError;
use crate::statement::{Alteration, ColumnPlace, Element};
use crate::table::did_you_mean;

/// The declaration as it is to be.
///
/// # Errors
///
/// If there is not what is to be altered, or there is what is to be added.
pub(crate) fn altered(mut table: Declaration, alteration: &Alteration) -> Result<Declaration, SqlError> {
    match alteration {
        // What is said of these is not declared.
        Alteration::RenameTo(_) | Alteration::AddPartitions { .. } | Alteration::DropPartitions { .. } => {}
        Alteration::Set(options) => table.options.extend(options.clone()),
        Alteration::Reset(keys) => {
            for key in keys {
                if key == "connector" {
                    return Err(SqlError::new("a table has to have a 'connector'; SET another one"));
                }
                table.options.remove(key);
            }
        }
        Alteration::Add(elements) => elements.iter().try_for_each(|element| add(&mut table, element))?,
        Alteration::Modify(elements) => {
            elements.iter().try_for_each(|element| modify(&mut table, element))?;
        }
        Alteration::DropColumns(names) => {
            names.iter().try_for_each(|name| drop_column(&mut table, name))?;
        }
        Alteration::DropPrimaryKey => {
            if table.primary_key.take().is_none() {
                return Err(SqlError::new("it has no primary key"));
            }
        }
        Alteration::DropWatermark => {
            if table.watermark.take().is_none() {
                return Err(SqlError::new("it has no watermark"));
            }
        }
        Alteration::RenameColumn(name, to) => rename_column(&mut table, name, to)?,
    }
    Ok(table)
}

fn add(table: &mut Declaration, element: &Element) -> Result<(), SqlError> {
    match element {
        Element::Column(column, place) => {
            if table.column(&column.name.value).is_some() {
                return Err(there_already(&column.name));
            }
            insert(table, (**column).clone(), place.as_ref())
        }
        Element::PrimaryKey(_) if table.primary_key.is_some() => {
            Err(SqlError::new("it has a primary key; MODIFY that, or DROP it before"))
        }
        Element::PrimaryKey(key) => {
            table.primary_key = Some(key.clone());
            Ok(())
        }
        Element::Watermark(_) if table.watermark.is_some() => {
            Err(SqlError::new("it has a watermark; MODIFY that, or DROP it before"))
        }
        Element::Watermark(watermark) => {
            table.watermark = Some((**watermark).clone());
            Ok(())
        }
    }
}

fn modify(table: &mut Declaration, element: &Element) -> Result<(), SqlError> {
    match element {
        Element::Column(column, place) => {
            let at = place_of(table, &column.name)?;
            match place {
                None => table.columns[at] = (**column).clone(),
                Some(place) => {
                    table.columns.remove(at);
                    insert(table, (**column).clone(), Some(place))?;
                }
            }
        }
        Element::PrimaryKey(_) if table.primary_key.is_none() => {
            return Err(SqlError::new("it has no primary key; ADD one"));
        }
        Element::PrimaryKey(key) => table.primary_key = Some(key.clone()),
        Element::Watermark(_) if table.watermark.is_none() => {
            return Err(SqlError::new("it has no watermark; ADD one"));
        }
        Element::Watermark(watermark) => table.watermark = Some((**watermark).clone()),
    }
    Ok(())
}

/// Puts a column where it belongs.
fn insert(table: &mut Declaration, column: Column, place: Option<&ColumnPlace>) -> Result<(), SqlError> {
    let at = match place {
        None => table.columns.len(),
        Some(ColumnPlace::First) => 0,
        Some(ColumnPlace::After(name)) => place_of(table, name)? + 1,
    };
    table.columns.insert(at, column);
    Ok(())
}

fn drop_column(table: &mut Declaration, name: &Ident) -> Result<(), SqlError> {
    let at = place_of(table, name)?;
    if let Some(user) = user_of(table, name) {
        let words = format!("column {} belongs to {user}", name.value);
        return Err(SqlError::new(words).at_ident(name));
    }
    table.columns.remove(at);
    Ok(())
}

/// What of a table is about a column by its name.
fn user_of(table: &Declaration, name: &Ident) -> Option<&'static str> {
    let holds = |names: &[Ident]| names.iter().any(|other| other.value == name.value);
    if table.primary_key.as_ref().is_some_and(|key| holds(&key.columns)) {
        return Some("the primary key");
    }
    if holds(&table.partitions) {
        return Some("the partitions");
    }
    let is_time = table.watermark.as_ref().is_some_and(|watermark| watermark.column.value == name.value);
    is_time.then_some("the watermark")
}

fn rename_column(table: &mut Declaration, name: &Ident, to: &Ident) -> Result<(), SqlError> {
    let at = place_of(table, name)?;
    if table.column(&to.value).is_some() {
        return Err(there_already(to));
    }
    if let Some(user @ ("the partitions" | "the watermark")) = user_of(table, name) {
        let words = format!("column {} belongs to {user}", name.value);
        return Err(SqlError::new(words).at_ident(name));
    }
    table.columns[at].name = to.clone();
    let of_key = table.primary_key.iter_mut().flat_map(|key| &mut key.columns);
    of_key.filter(|column| column.value == name.value).for_each(|column| *column = to.clone());
    Ok(())
}

fn there_already(name: &Ident) -> SqlError {
    SqlError::new(format!("there is a column {} already", name.value)).at_ident(name)
}

/// The place of the column of this name.
fn place_of(table: &Declaration, name: &Ident) -> Result<usize, SqlError> {
    table.columns.iter().position(|column| column.name.value == name.value).ok_or_else(|| {
        let known = table.columns.iter().map(|column| column.name.value.as_str());
        let advice = did_you_mean(&name.value, known);
        SqlError::new(format!("there is no column {}{advice}", name.value)).at_ident(name)
    })
}
