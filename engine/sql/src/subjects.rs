//! Answers about what is neither table nor view: catalogs, databases, functions.

use crate::aggregates::AGGREGATES;
use crate::declaration::quoted;
use crate::error::SqlError;
use crate::session::{Session, located};
use crate::statement::{Lifetime, Subject};

/// What something is called, and what it is.
type Known = [String; 2];

impl Session {
    /// The statement that makes it.
    pub(crate) fn statement_of_subject(&self, subject: &Subject) -> Result<String, SqlError> {
        match subject {
            Subject::Catalog(name) => {
                let about = self.catalog.about_catalog(&name.value);
                let about = about.map_err(|error| error.at_ident(name))?;
                Ok(format!("CREATE CATALOG {}{about}", quoted(&name.value)))
            }
            Subject::Database(name) => {
                let about = self.catalog.about_database(name);
                let ((catalog, database), about) = about.map_err(|error| located(error, name))?;
                Ok(format!("CREATE DATABASE {}.{}{about}", quoted(&catalog), quoted(&database)))
            }
            Subject::Function(name) => match self.catalog.function_text(name) {
                Some((text, lifetime)) => {
                    let word = match lifetime {
                        Lifetime::Permanent => "",
                        Lifetime::Temporary => "TEMPORARY ",
                        Lifetime::System => "TEMPORARY SYSTEM ",
                    };
                    Ok(text.replacen("CREATE ", &format!("CREATE {word}"), 1))
                }
                None => Err(located(no_function(&name.to_string()), name)),
            },
        }
    }

    /// What is known of it.
    pub(crate) fn about(&self, subject: &Subject, is_extended: bool) -> Result<Vec<Known>, SqlError> {
        match subject {
            Subject::Catalog(name) => {
                let about = self.catalog.about_catalog(&name.value);
                let about = about.map_err(|error| error.at_ident(name))?;
                let of_type = about.options.get("type").cloned().unwrap_or_default();
                let mut rows = vec![
                    known("name", &name.value),
                    known("type", of_type),
                    known("comment", about.comment.clone().unwrap_or_default()),
                ];
                let options = about.options.iter().filter(|(key, _)| is_extended && *key != "type");
                rows.extend(options.map(|(key, value)| known(&format!("option:{key}"), value)));
                Ok(rows)
            }
            Subject::Database(name) => {
                let about = self.catalog.about_database(name);
                let ((catalog, database), about) = about.map_err(|error| located(error, name))?;
                let mut rows = vec![
                    known("name", database),
                    known("catalog", catalog),
                    known("comment", about.comment.unwrap_or_default()),
                ];
                let options = about.options.iter().filter(|_| is_extended);
                rows.extend(options.map(|(key, value)| known(&format!("option:{key}"), value)));
                Ok(rows)
            }
            Subject::Function(name) => match self.catalog.function_text(name) {
                Some((text, lifetime)) => Ok(vec![
                    known("system function", truth(lifetime == Lifetime::System)),
                    known("temporary", truth(lifetime != Lifetime::Permanent)),
                    known("function language", "SQL"),
                    known("definition", text),
                ]),
                None => built_in(&name.to_string(), is_extended).map_err(|error| located(error, name)),
            },
        }
    }
}

/// What is known of a function that there is always.
fn built_in(name: &str, is_extended: bool) -> Result<Vec<Known>, SqlError> {
    let mut rows = vec![known("system function", truth(true)), known("temporary", truth(false))];
    let is_it = |called: &str| called.eq_ignore_ascii_case(name);
    let function = expr::functions().map(|(_, function)| function);
    let mut function =
        function.filter(|function| is_it(function.name) || function.aliases.iter().any(|name| is_it(name)));
    if let Some(function) = function.next() {
        if is_extended {
            let (call, value) = function.example;
            rows.extend([
                known("kind", "SCALAR"),
                known("signature", format!("{}({})", function.name, function.arguments())),
                known("description", function.about),
                known("example", format!("{call} = {value}")),
            ]);
        }
    } else if AGGREGATES.into_iter().any(is_it) {
        rows.extend(is_extended.then(|| known("kind", "AGGREGATE")));
    } else {
        return Err(no_function(name));
    }
    Ok(rows)
}

fn known(name: &str, value: impl Into<String>) -> Known {
    [name.to_owned(), value.into()]
}

fn truth(is_so: bool) -> &'static str {
    if is_so { "true" } else { "false" }
}

fn no_function(name: &str) -> SqlError {
    SqlError::new(format!("there is no function {name}; SHOW FUNCTIONS lists those there are"))
}
