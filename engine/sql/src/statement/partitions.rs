//! Partitions of a table in statements: `PARTITION (dt = '2025-01-01')`, `TRUNCATE`, `ANALYZE`.

use datafusion_sql::sqlparser::ast::{Expr, Ident, Value};
use datafusion_sql::sqlparser::keywords::Keyword;
use datafusion_sql::sqlparser::tokenizer::Token;

use super::Statement;
use super::script::{Parsed, Script};
use crate::dialect::is_word;

/// Columns, and the texts of their values in the names of directories; nothing for null.
pub(crate) type Partition = Vec<(Ident, Option<String>)>;

impl Script<'_> {
    /// Whether `PARTITION (` comes next: a column may be called so too.
    pub(super) fn begins_partition(&self) -> bool {
        is_word(&self.parser, 0, "PARTITION") && self.parser.peek_nth_token(1).token == Token::LParen
    }

    /// `PARTITION (…), PARTITION (…)`, with or without the commas.
    pub(super) fn partitions(&mut self) -> Parsed<Vec<Partition>> {
        let mut partitions = Vec::new();
        loop {
            self.parser.expect_keyword_is(Keyword::PARTITION)?;
            partitions.push(self.one_partition()?);
            if self.take(&["WITH"]) {
                // A directory has no options.
                self.options()?;
            }
            let _ = self.parser.consume_token(&Token::Comma);
            if !self.begins_partition() {
                return Ok(partitions);
            }
        }
    }

    /// `(dt = '2025-01-01', hm = 7)`.
    pub(super) fn one_partition(&mut self) -> Parsed<Partition> {
        self.partition()?.into_iter().map(|(name, value)| Ok((name, self.text_of(value)?))).collect()
    }

    fn text_of(&self, value: Expr) -> Parsed<Option<String>> {
        let value = match value {
            Expr::TypedString(typed) => typed.value.value,
            Expr::Value(value) => value.value,
            other => Value::SingleQuotedString(match other {
                Expr::UnaryOp { .. } => other.to_string(),
                _ => {
                    let next = self.parser.peek_token();
                    return self.parser.expected("a value as text or number in PARTITION (…)", next);
                }
            }),
        };
        match value {
            Value::Null => Ok(None),
            Value::Boolean(truth) => Ok(Some(truth.to_string())),
            Value::Number(text, _) | Value::SingleQuotedString(text) => Ok(Some(text)),
            other => {
                let next = self.parser.peek_token();
                self.parser.expected(&format!("a text or a number in place of {other}"), next)
            }
        }
    }

    /// `TRUNCATE TABLE t`.
    pub(super) fn truncate(&mut self) -> Parsed<Statement> {
        self.parser.expect_keyword_is(Keyword::TABLE)?;
        Ok(Statement::Truncate(self.parser.parse_object_name(false)?))
    }

    /// `ANALYZE TABLE t [PARTITION (…)] COMPUTE STATISTICS [FOR ALL COLUMNS | FOR COLUMNS a, b]`.
    pub(super) fn analyze(&mut self) -> Parsed<Statement> {
        self.parser.expect_keyword_is(Keyword::TABLE)?;
        let name = self.parser.parse_object_name(false)?;
        let mut columns = Vec::new();
        if self.take(&["PARTITION"]) {
            self.parser.expect_token(&Token::LParen)?;
            columns = self.parser.parse_comma_separated(|parser| {
                let name = parser.parse_identifier()?;
                if parser.consume_token(&Token::Eq) {
                    parser.parse_expr()?;
                }
                Ok(name)
            })?;
            self.parser.expect_token(&Token::RParen)?;
        }
        if !self.take(&["COMPUTE", "STATISTICS"]) {
            let next = self.parser.peek_token();
            return self.parser.expected("COMPUTE STATISTICS", next);
        }
        if self.take(&["FOR", "COLUMNS"]) {
            columns.extend(self.parser.parse_comma_separated(|parser| parser.parse_identifier())?);
        } else {
            self.take(&["FOR", "ALL", "COLUMNS"]);
        }
        Ok(Statement::Analyze(name, columns))
    }
}
