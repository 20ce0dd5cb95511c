//! What is declared of a table: columns, keys, watermarks, options.

use std::collections::BTreeMap;

use datafusion_sql::sqlparser::ast::Ident;
use datafusion_sql::sqlparser::keywords::Keyword;
use datafusion_sql::sqlparser::tokenizer::Token;

use super::script::{Parsed, Script};
use crate::declaration::{Column, ColumnKind, Declaration, PrimaryKey, Typed, WatermarkFor};
use crate::type_syntax::parse_type;

impl Script<'_> {
    pub(super) fn comment(&mut self) -> Parsed<Option<String>> {
        self.take(&["COMMENT"]).then(|| self.parser.parse_literal_string()).transpose()
    }

    pub(super) fn options(&mut self) -> Parsed<BTreeMap<String, String>> {
        self.parser.expect_token(&Token::LParen)?;
        let options = self.parser.parse_comma_separated(|parser| {
            let key = parser.parse_literal_string()?;
            parser.expect_token(&Token::Eq)?;
            Ok((key, parser.parse_literal_string()?))
        })?;
        self.parser.expect_token(&Token::RParen)?;
        Ok(options.into_iter().collect())
    }

    /// One thing between the brackets of `CREATE TABLE`.
    pub(super) fn element(&mut self, declaration: &mut Declaration) -> Parsed<()> {
        if let Some(watermark) = self.watermark()? {
            declaration.watermark = Some(watermark);
        } else if let Some(key) = self.primary_key()? {
            declaration.primary_key = Some(key);
        } else {
            let column = self.column(&mut declaration.primary_key)?;
            declaration.columns.push(column);
        }
        Ok(())
    }

    /// `WATERMARK FOR c AS …`, if it comes next.
    pub(super) fn watermark(&mut self) -> Parsed<Option<WatermarkFor>> {
        if !self.take(&["WATERMARK", "FOR"]) {
            return Ok(None);
        }
        let column = self.parser.parse_identifier()?;
        self.parser.expect_keyword_is(Keyword::AS)?;
        let (expr, written) = self.written(|script| script.parser.parse_expr())?;
        Ok(Some(WatermarkFor { column, expr, written }))
    }

    /// `[CONSTRAINT name] PRIMARY KEY (a, b) NOT ENFORCED`, if it comes next.
    pub(super) fn primary_key(&mut self) -> Parsed<Option<PrimaryKey>> {
        let name = self.constraint_name()?;
        if !self.take(&["PRIMARY", "KEY"]) {
            return match name {
                None => Ok(None),
                Some(_) => {
                    let next = self.parser.peek_token();
                    self.parser.expected("PRIMARY KEY", next)
                }
            };
        }
        let columns = self.names()?;
        self.take(&["NOT", "ENFORCED"]);
        Ok(Some(PrimaryKey { name, columns }))
    }

    fn constraint_name(&mut self) -> Parsed<Option<Ident>> {
        self.take(&["CONSTRAINT"]).then(|| self.parser.parse_identifier()).transpose()
    }

    /// A column; it may say of itself that it is the key.
    pub(super) fn column(&mut self, primary_key: &mut Option<PrimaryKey>) -> Parsed<Column> {
        let name = self.parser.parse_identifier()?;
        let kind = if self.take(&["AS"]) {
            let (expr, written) = self.written(|script| script.parser.parse_expr())?;
            ColumnKind::Computed { expr: Box::new(expr), written }
        } else {
            let ((data_type, takes_nulls), written) =
                self.written(|script| parse_type(&mut script.parser))?;
            let typed = Typed { data_type, takes_nulls, written };
            let constraint = self.constraint_name()?;
            if self.take(&["PRIMARY", "KEY"]) {
                self.take(&["NOT", "ENFORCED"]);
                *primary_key = Some(PrimaryKey { name: constraint, columns: vec![name.clone()] });
            }
            if self.take(&["METADATA"]) {
                let key = self.take(&["FROM"]).then(|| self.parser.parse_literal_string()).transpose()?;
                ColumnKind::Metadata { typed, key, is_virtual: self.take(&["VIRTUAL"]) }
            } else {
                ColumnKind::Physical(typed)
            }
        };
        Ok(Column { name, kind, comment: self.comment()? })
    }
}
