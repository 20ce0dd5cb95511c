//! Statements of Flink that there are none of here: what is said of each is what to do instead.

use datafusion_sql::sqlparser::parser::ParserError;
use datafusion_sql::sqlparser::tokenizer::Location;

use super::script::Script;

/// The words that a statement begins with, and what is said then, of those words.
const REFUSED: &[(&[&str], &str)] = &[
    (
        &["DELETE"],
        "no table here takes single rows out; INSERT OVERWRITE t SELECT … WHERE … writes those that stay",
    ),
    (
        &["UPDATE"],
        "no table here changes single rows; INSERT OVERWRITE t SELECT … writes them as they are to be",
    ),
    (
        &["MERGE"],
        "no table here changes single rows; INSERT OVERWRITE t SELECT … FROM t FULL JOIN … writes what is to be there",
    ),
    (&["CALL"], "there are no procedures"),
    (&["SHOW", "PROCEDURES"], "there are none"),
    (&["LOAD", "MODULE"], "there are no modules to load; SHOW FUNCTIONS lists what is there"),
    (&["UNLOAD", "MODULE"], "there are no modules to unload; CREATE FUNCTION gives a name another meaning"),
    (&["USE", "MODULES"], "there is one module, core, and it is in use"),
    (&["ADD", "JAR"], "classes of Java are not run here; CREATE FUNCTION f(x) AS x + 1 makes a function"),
    (&["REMOVE", "JAR"], "classes of Java are not run here"),
    (&["SHOW", "JARS"], "classes of Java are not run here"),
    (&["SHOW", "JOBS"], "a job runs as long as its statement, and is over behind it"),
    (&["DESCRIBE", "JOB"], "a job runs as long as its statement, and is over behind it"),
    (&["DESC", "JOB"], "a job runs as long as its statement, and is over behind it"),
    (&["STOP", "JOB"], "a job runs as long as its statement; Ctrl-C ends it"),
    (&["COMPILE"], "plans are made anew each time; EXPLAIN JSON_EXECUTION_PLAN shows one"),
    (&["EXECUTE", "PLAN"], "plans are made anew each time; run the statement itself"),
    (
        &["CREATE", "MATERIALIZED"],
        "CREATE TABLE … AS SELECT writes rows once, CREATE VIEW computes them each time",
    ),
    (&["CREATE", "OR", "ALTER"], "CREATE OR REPLACE TABLE … takes the place of what is there"),
    (&["ALTER", "MATERIALIZED"], "there are no materialized tables"),
    (&["DROP", "MATERIALIZED"], "there are no materialized tables"),
    (&["SHOW", "MATERIALIZED"], "there are no materialized tables"),
    (&["CREATE", "MODEL"], NO_MODELS),
    (&["CREATE", "TEMPORARY", "MODEL"], NO_MODELS),
    (&["ALTER", "MODEL"], NO_MODELS),
    (&["DROP", "MODEL"], NO_MODELS),
    (&["SHOW", "MODELS"], NO_MODELS),
    (&["SHOW", "CREATE", "MODEL"], NO_MODELS),
    (&["DESCRIBE", "MODEL"], NO_MODELS),
    (&["DESC", "MODEL"], NO_MODELS),
    (&["CREATE", "CONNECTION"], NO_CONNECTIONS),
    (&["ALTER", "CONNECTION"], NO_CONNECTIONS),
    (&["DROP", "CONNECTION"], NO_CONNECTIONS),
    (&["SHOW", "CONNECTIONS"], NO_CONNECTIONS),
];

/// What is said of rows that are to lie in so many parts.
pub(super) const NO_BUCKETS: &str = "no connector here has buckets; leave it out";
const NO_MODELS: &str = "models are not run here";
const NO_CONNECTIONS: &str = "what a table needs to know stands in its WITH (…)";

impl Script<'_> {
    /// What to say of a statement that there is none of here.
    pub(super) fn refused(&self) -> Option<ParserError> {
        let begins = self.parser.peek_token().span.start;
        let (words, why) = REFUSED.iter().find(|(words, _)| self.begins_with(words))?;
        Some(not_here(&words.join(" "), why, begins))
    }
}

/// That something is not supported, and why, where it stands.
pub(super) fn not_here(what: &str, why: &str, place: Location) -> ParserError {
    // So the parser itself says where it was.
    ParserError::ParserError(format!(
        "{what} is not supported: {why} at Line: {}, Column: {}",
        place.line, place.column
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::parse;

    #[test]
    fn each_of_them_says_where_it_is_and_what_to_do() {
        for (words, why) in REFUSED {
            let begin = words.join(" ");
            let error = parse(&format!("SELECT 1;\n  {begin} x y;")).unwrap_err();
            assert_eq!(error.words(), format!("{begin} is not supported: {why}"));
            assert_eq!(error.place().map(|place| (place.line, place.column)), Some((2, 3)));
        }
    }
}
