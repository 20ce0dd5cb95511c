//! `CREATE TABLE … LIKE`: two declarations become one, as Flink has it.

use std::collections::BTreeMap;

use crate::declaration::{Column, ColumnKind, Declaration, Feature, Like, Merging};
use crate::error::SqlError;

/// The declaration of a table that is like another one.
///
/// # Errors
///
/// If both say something of the same thing, and nobody has said which of them holds.
pub(crate) fn merged(base: Declaration, own: &Declaration, like: &Like) -> Result<Declaration, SqlError> {
    for (feature, merging) in &like.features {
        if matches!(feature, Feature::Constraints | Feature::Partitions) && *merging == Merging::Overwriting {
            let word = feature.word();
            return Err(SqlError::new(format!("there is no OVERWRITING {word}; say EXCLUDING {word}")));
        }
    }
    if like.all == Some(Merging::Overwriting) {
        return Err(SqlError::new("there is no OVERWRITING ALL; say of which features it is"));
    }
    Ok(Declaration {
        columns: columns(&base, own, like)?,
        primary_key: one(base.primary_key, own.primary_key.clone(), like.of(Feature::Constraints), || {
            clash("a primary key", Feature::Constraints)
        })?,
        watermark: one(base.watermark, own.watermark.clone(), like.of(Feature::Watermarks), || {
            clash("a watermark", Feature::Watermarks)
        })?,
        comment: own.comment.clone(),
        partitions: partitions(base.partitions, &own.partitions, like.of(Feature::Partitions))?,
        options: options(base.options, &own.options, like.of(Feature::Options))?,
    })
}

/// Both of them say what it is.
fn clash(what: &str, feature: Feature) -> SqlError {
    let word = feature.word();
    let overwriting = match feature {
        Feature::Constraints | Feature::Partitions => String::new(),
        _ => format!(" or OVERWRITING {word}"),
    };
    SqlError::new(format!("the table that it is like has {what} too; say EXCLUDING {word}{overwriting}"))
}

fn one<T>(
    base: Option<T>,
    own: Option<T>,
    merging: Merging,
    clash: impl FnOnce() -> SqlError,
) -> Result<Option<T>, SqlError> {
    match (base, own, merging) {
        (_, own, Merging::Excluding) => Ok(own),
        (Some(_), Some(_), Merging::Including) => Err(clash()),
        (base, own, _) => Ok(own.or(base)),
    }
}

fn partitions<T: Clone>(base: Vec<T>, own: &[T], merging: Merging) -> Result<Vec<T>, SqlError> {
    match (base.is_empty(), own.is_empty()) {
        (false, false) if merging != Merging::Excluding => Err(clash("partitions", Feature::Partitions)),
        (false, true) if merging != Merging::Excluding => Ok(base),
        _ => Ok(own.to_vec()),
    }
}

fn options(
    base: BTreeMap<String, String>,
    own: &BTreeMap<String, String>,
    merging: Merging,
) -> Result<BTreeMap<String, String>, SqlError> {
    if merging == Merging::Excluding {
        return Ok(own.clone());
    }
    let mut options = base;
    for (key, value) in own {
        let before = options.insert(key.clone(), value.clone());
        if before.is_some() && merging == Merging::Including {
            return Err(clash(&format!("the option '{key}'"), Feature::Options));
        }
    }
    Ok(options)
}

/// Those that are there, then those that are new.
fn columns(base: &Declaration, own: &Declaration, like: &Like) -> Result<Vec<Column>, SqlError> {
    let feature_of = |column: &Column| match column.kind {
        ColumnKind::Physical(_) => None,
        ColumnKind::Computed { .. } => Some(Feature::Generated),
        ColumnKind::Metadata { .. } => Some(Feature::Metadata),
    };
    let is_taken =
        |column: &&Column| feature_of(column).is_none_or(|feature| like.of(feature) != Merging::Excluding);
    let mut columns: Vec<Column> = base.columns.iter().filter(is_taken).cloned().collect();
    for column in &own.columns {
        let before = columns.iter_mut().find(|before| before.name.value == column.name.value);
        match (before, feature_of(column)) {
            (None, _) => columns.push(column.clone()),
            (Some(before), Some(feature))
                if feature_of(before) == Some(feature) && like.of(feature) == Merging::Overwriting =>
            {
                *before = column.clone();
            }
            (Some(_), Some(feature)) => {
                return Err(clash(&format!("a column {}", column.name), feature).at_ident(&column.name));
            }
            (Some(_), None) => {
                let words = format!("the table that it is like has a column {} too", column.name);
                return Err(SqlError::new(words).at_ident(&column.name));
            }
        }
    }
    Ok(columns)
}
