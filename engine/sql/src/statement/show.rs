//! Questions and where names are looked for: `SHOW`, `DESCRIBE`, `USE`.

use datafusion_sql::sqlparser::ast::{Ident, ObjectName};

use super::Statement;
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
    /// All of them, or those of the user.
    Functions {
        of_user: bool,
    },
    Columns(ObjectName, Pattern),
    /// The statement that would make it.
    Create(Kind, ObjectName),
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
        if self.take(&["FUNCTIONS"]) {
            return Ok(Shown::Functions { of_user: false });
        }
        if self.take(&["USER", "FUNCTIONS"]) {
            return Ok(Shown::Functions { of_user: true });
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
        let next = self.parser.peek_token();
        self.parser
            .expected("TABLES, VIEWS, FUNCTIONS, COLUMNS, DATABASES, CATALOGS, CREATE TABLE or CURRENT", next)
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
