//! Questions and where names are looked for: `SHOW`, `DESCRIBE`, `USE`.

use datafusion_sql::sqlparser::ast::{Ident, ObjectName};
use datafusion_sql::sqlparser::tokenizer::Token;

use super::Statement;
use super::partitions::Partition;
use super::script::{Parsed, Script};
use crate::catalog::Kind;

/// What is to be shown.
#[derive(Clone, Debug)]
pub(crate) enum Shown {
    Catalogs(Pattern),
    CurrentCatalog,
    CurrentDatabase,
    /// Those of a catalog, or of the current one.
    Databases(Option<Ident>, Pattern),
    /// Tables and views, those of a database or of the current one.
    Tables(Option<ObjectName>, Pattern),
    Views(Option<ObjectName>, Pattern),
    /// All of them, or those of the user; those of the user in a database, or in the current one.
    Functions {
        of_user: bool,
        of: Option<ObjectName>,
        pattern: Pattern,
    },
    Columns(ObjectName, Pattern),
    /// Those of a table that have these values.
    Partitions(ObjectName, Partition),
    /// Where functions come from, and whether they do.
    Modules {
        is_full: bool,
    },
    /// The statement that would make it.
    Create(Kind, ObjectName),
    CreateSubject(Subject),
    /// What is known of it.
    About {
        subject: Subject,
        is_extended: bool,
    },
}

/// What is neither table nor view.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    Catalog(Ident),
    Database(ObjectName),
    Function(ObjectName),
}

/// Which names are meant: `[NOT] LIKE '…'`, or `ILIKE`, for which capital letters are the same as small ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pattern {
    like: Option<String>,
    is_negated: bool,
    ignores_case: bool,
}

impl Pattern {
    /// Whether a name is meant.
    pub(crate) fn takes(&self, name: &str) -> bool {
        let Some(like) = &self.like else { return true };
        let fold = |text: &str| if self.ignores_case { text.to_lowercase() } else { text.to_owned() };
        let (like, name): (Vec<char>, Vec<char>) =
            (fold(like).chars().collect(), fold(name).chars().collect());
        is_like(&like, &name) != self.is_negated
    }
}

/// `%` stands for anything, `_` for a letter.
fn is_like(like: &[char], name: &[char]) -> bool {
    match (like, name) {
        ([], []) => true,
        (['%', rest @ ..], _) => {
            is_like(rest, name) || name.split_first().is_some_and(|(_, name)| is_like(like, name))
        }
        (['_', like @ ..], [_, name @ ..]) => is_like(like, name),
        ([one, like @ ..], [other, name @ ..]) => one == other && is_like(like, name),
        _ => false,
    }
}

impl Script<'_> {
    /// A statement that asks for something, or says where names are looked for; nothing, if it is another one.
    pub(super) fn question(&mut self) -> Parsed<Option<Statement>> {
        if self.take(&["DESCRIBE"]) || self.take(&["DESC"]) {
            if let Some(statement) = self.described()? {
                return Ok(Some(statement));
            }
            let is_extended = self.take(&["EXTENDED"]);
            let name = self.parser.parse_object_name(false)?;
            return Ok(Some(Statement::Describe { name, is_extended }));
        }
        if self.take(&["SHOW"]) {
            return Ok(Some(Statement::Show(self.shown()?)));
        }
        if self.take(&["USE", "CATALOG"]) {
            return Ok(Some(Statement::UseCatalog(self.parser.parse_identifier()?)));
        }
        if self.take(&["USE"]) {
            return Ok(Some(Statement::Use(self.parser.parse_object_name(false)?)));
        }
        Ok(None)
    }

    /// `CATALOG [EXTENDED] c` and its like, if that comes next.
    fn described(&mut self) -> Parsed<Option<Statement>> {
        for word in ["CATALOG", "DATABASE", "FUNCTION"] {
            // A table may be called so.
            let is_name = matches!(self.parser.peek_nth_token(1).token, Token::Word(_));
            if is_name && self.take(&[word]) {
                let is_extended = self.take(&["EXTENDED"]);
                let subject = self.subject(word)?;
                return Ok(Some(Statement::Show(Shown::About { subject, is_extended })));
            }
        }
        Ok(None)
    }

    /// What is called so.
    fn subject(&mut self, word: &str) -> Parsed<Subject> {
        Ok(match word {
            "CATALOG" => Subject::Catalog(self.parser.parse_identifier()?),
            "DATABASE" => Subject::Database(self.parser.parse_object_name(false)?),
            _ => Subject::Function(self.parser.parse_object_name(false)?),
        })
    }

    fn shown(&mut self) -> Parsed<Shown> {
        if self.take(&["CATALOGS"]) {
            return Ok(Shown::Catalogs(self.pattern()?));
        }
        if self.take(&["CURRENT", "CATALOG"]) {
            return Ok(Shown::CurrentCatalog);
        }
        if self.take(&["CURRENT", "DATABASE"]) {
            return Ok(Shown::CurrentDatabase);
        }
        if self.take(&["DATABASES"]) {
            let of = self.begins_from().then(|| self.parser.parse_identifier()).transpose()?;
            return Ok(Shown::Databases(of, self.pattern()?));
        }
        for (word, shown) in
            [("TABLES", Shown::Tables as fn(Option<ObjectName>, Pattern) -> Shown), ("VIEWS", Shown::Views)]
        {
            if self.take(&[word]) {
                let of = self.begins_from().then(|| self.parser.parse_object_name(false)).transpose()?;
                return Ok(shown(of, self.pattern()?));
            }
        }
        let of_user = self.take(&["USER"]);
        if self.take(&["FUNCTIONS"]) {
            let of = self.begins_from().then(|| self.parser.parse_object_name(false)).transpose()?;
            return Ok(Shown::Functions { of_user, of, pattern: self.pattern()? });
        }
        if self.take(&["PARTITIONS"]) {
            let name = self.parser.parse_object_name(false)?;
            let of = if self.take(&["PARTITION"]) { self.one_partition()? } else { Partition::new() };
            return Ok(Shown::Partitions(name, of));
        }
        if self.take(&["MODULES"]) {
            return Ok(Shown::Modules { is_full: false });
        }
        if self.take(&["FULL", "MODULES"]) {
            return Ok(Shown::Modules { is_full: true });
        }
        if self.take(&["COLUMNS"]) {
            if !self.begins_from() {
                let next = self.parser.peek_token();
                return self.parser.expected("FROM and a table", next);
            }
            let name = self.parser.parse_object_name(false)?;
            return Ok(Shown::Columns(name, self.pattern()?));
        }
        for (word, kind) in [("TABLE", Kind::Table), ("VIEW", Kind::View)] {
            if self.take(&["CREATE", word]) {
                return Ok(Shown::Create(kind, self.parser.parse_object_name(false)?));
            }
        }
        for word in ["CATALOG", "DATABASE", "FUNCTION"] {
            if self.take(&["CREATE", word]) {
                return Ok(Shown::CreateSubject(self.subject(word)?));
            }
        }
        let next = self.parser.peek_token();
        self.parser.expected(
            "TABLES, VIEWS, FUNCTIONS, COLUMNS, PARTITIONS, DATABASES, CATALOGS, MODULES, CREATE TABLE or CURRENT",
            next,
        )
    }

    fn begins_from(&mut self) -> bool {
        self.take(&["FROM"]) || self.take(&["IN"])
    }

    fn pattern(&mut self) -> Parsed<Pattern> {
        let is_negated = self.take(&["NOT"]);
        let ignores_case = self.take(&["ILIKE"]);
        let like = if ignores_case || self.take(&["LIKE"]) {
            Some(self.parser.parse_literal_string()?)
        } else if is_negated {
            let next = self.parser.peek_token();
            return self.parser.expected("LIKE or ILIKE", next);
        } else {
            None
        };
        Ok(Pattern { like, is_negated, ignores_case })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_like_a_pattern_or_not() {
        let takes = |like: &str, name: &str| {
            Pattern { like: Some(like.to_owned()), ..Pattern::default() }.takes(name)
        };
        for (like, name) in [("%", ""), ("b%", "bids"), ("%s", "bids"), ("b__s", "bids"), ("%i%s%", "bids")] {
            assert!(takes(like, name), "{name} is like {like}");
        }
        for (like, name) in [("", "bids"), ("b", "bids"), ("B%", "bids"), ("_", ""), ("b_s", "bids")] {
            assert!(!takes(like, name), "{name} is not like {like}");
        }
        let pattern = Pattern { like: Some("B%".to_owned()), ignores_case: true, is_negated: true };
        assert!(!pattern.takes("bids") && pattern.takes("auctions") && Pattern::default().takes("x"));
    }
}
