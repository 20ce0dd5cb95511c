//! `CREATE` and `DROP`.

use std::collections::BTreeMap;

use datafusion_sql::sqlparser::ast::Ident;
use datafusion_sql::sqlparser::keywords::Keyword;
use datafusion_sql::sqlparser::parser::ParserError;
use datafusion_sql::sqlparser::tokenizer::Token;

use super::refused::{NO_BUCKETS, not_here};
use super::script::{Parsed, Script};
use super::{CreateFunction, CreateTable, CreateView, Lifetime, Statement};
use crate::about::About;
use crate::catalog::Kind;
use crate::declaration::{Declaration, Feature, Like, Merging};
use crate::dialect::is_word;
use crate::macros::{Macro, of_class};
use crate::type_syntax::parse_type;

impl Script<'_> {
    pub(super) fn create(&mut self) -> Parsed<Statement> {
        let or_replace = self.take(&["OR", "REPLACE"]);
        self.created(or_replace)
    }

    /// What stands behind `CREATE` or `REPLACE`.
    pub(super) fn created(&mut self, or_replace: bool) -> Parsed<Statement> {
        let lifetime = self.lifetime();
        if self.take(&["TABLE"]) {
            return Ok(Statement::CreateTable(Box::new(self.create_table(lifetime, or_replace)?)));
        }
        if self.take(&["VIEW"]) {
            return Ok(Statement::CreateView(Box::new(self.create_view(lifetime, or_replace)?)));
        }
        if self.take(&["FUNCTION"]) {
            return Ok(Statement::CreateFunction(Box::new(self.create_function(lifetime, or_replace)?)));
        }
        if self.take(&["DATABASE"]) {
            let if_not_exists = self.take(&["IF", "NOT", "EXISTS"]);
            let name = self.parser.parse_object_name(false)?;
            return Ok(Statement::CreateDatabase { name, if_not_exists, about: self.about()? });
        }
        if self.take(&["CATALOG"]) {
            let if_not_exists = self.take(&["IF", "NOT", "EXISTS"]);
            let name = self.parser.parse_identifier()?;
            return Ok(Statement::CreateCatalog { name, if_not_exists, about: self.about()? });
        }
        let next = self.parser.peek_token();
        self.parser.expected("TABLE, VIEW, FUNCTION, DATABASE or CATALOG", next)
    }

    /// What is said of a catalog or a database.
    fn about(&mut self) -> Parsed<About> {
        let comment = self.comment()?;
        let options = if self.take(&["WITH"]) { self.options()? } else { BTreeMap::new() };
        Ok(About { comment, options })
    }

    pub(super) fn lifetime(&mut self) -> Lifetime {
        let is_temporary = self.take(&["TEMPORARY"]);
        match (self.take(&["SYSTEM"]), is_temporary) {
            (true, _) => Lifetime::System,
            (false, true) => Lifetime::Temporary,
            (false, false) => Lifetime::Permanent,
        }
    }

    fn create_view(&mut self, lifetime: Lifetime, or_replace: bool) -> Parsed<CreateView> {
        let if_not_exists = self.take(&["IF", "NOT", "EXISTS"]);
        let name = self.parser.parse_object_name(false)?;
        let has_columns = self.parser.peek_token().token == Token::LParen;
        let columns = if has_columns { self.view_columns()? } else { Vec::new() };
        let comment = self.comment()?;
        self.parser.expect_keyword_is(Keyword::AS)?;
        let (query, written) = self.written(|script| script.parser.parse_query())?;
        Ok(CreateView { name, lifetime, or_replace, if_not_exists, columns, comment, query, written })
    }

    /// `(a, b COMMENT 'what it is')`.
    fn view_columns(&mut self) -> Parsed<Vec<Ident>> {
        self.parser.expect_token(&Token::LParen)?;
        let mut columns = Vec::new();
        loop {
            columns.push(self.parser.parse_identifier()?);
            self.comment()?;
            if !self.parser.consume_token(&Token::Comma) {
                break;
            }
        }
        self.parser.expect_token(&Token::RParen)?;
        Ok(columns)
    }

    /// `f(x, y INT) [RETURNS t] AS expression`, or `f AS 'class'`.
    pub(super) fn create_function(&mut self, lifetime: Lifetime, or_replace: bool) -> Parsed<CreateFunction> {
        let if_not_exists = self.take(&["IF", "NOT", "EXISTS"]);
        let name = self.parser.parse_object_name(false)?;
        let (function, written) = self.written(Self::function)?;
        Ok(CreateFunction { name, lifetime, or_replace, if_not_exists, function, written })
    }

    /// What stands behind its name.
    fn function(&mut self) -> Parsed<Macro> {
        let mut parameters = Vec::new();
        let has_parameters = self.parser.consume_token(&Token::LParen);
        if has_parameters && !self.parser.consume_token(&Token::RParen) {
            parameters = self.parser.parse_comma_separated(|parser| {
                let name = parser.parse_identifier()?;
                let ends = matches!(parser.peek_token().token, Token::Comma | Token::RParen);
                Ok((name, if ends { None } else { Some(parse_type(parser)?.0) }))
            })?;
            self.parser.expect_token(&Token::RParen)?;
        }
        let returns = if self.take(&["RETURNS"]) { Some(parse_type(&mut self.parser)?.0) } else { None };
        if !self.take(&["RETURN"]) {
            self.parser.expect_keyword_is(Keyword::AS)?;
        }
        match (has_parameters, self.parser.peek_token().token) {
            (false, Token::SingleQuotedString(class)) => {
                self.parser.next_token();
                if self.take(&["LANGUAGE"]) {
                    self.parser.parse_identifier()?;
                }
                of_class(&class).map_err(|error| ParserError::ParserError(error.to_string()))
            }
            _ => Ok(Macro::Expression { parameters, returns, body: Box::new(self.parser.parse_expr()?) }),
        }
    }

    pub(super) fn drop_one(&mut self) -> Parsed<Statement> {
        let lifetime = self.lifetime();
        if self.take(&["DATABASE"]) {
            let if_exists = self.take(&["IF", "EXISTS"]);
            let name = self.parser.parse_object_name(false)?;
            let cascade = self.take(&["CASCADE"]);
            self.take(&["RESTRICT"]);
            return Ok(Statement::DropDatabase { name, if_exists, cascade });
        }
        if self.take(&["CATALOG"]) {
            let if_exists = self.take(&["IF", "EXISTS"]);
            return Ok(Statement::DropCatalog { name: self.parser.parse_identifier()?, if_exists });
        }
        let kinds = [("TABLE", Kind::Table), ("FUNCTION", Kind::Function), ("VIEW", Kind::View)];
        let Some((_, what)) = kinds.into_iter().find(|(word, _)| self.take(&[word])) else {
            let next = self.parser.peek_token();
            return self.parser.expected("TABLE, VIEW, FUNCTION, DATABASE or CATALOG", next);
        };
        let if_exists = self.take(&["IF", "EXISTS"]);
        Ok(Statement::Drop { what, lifetime, name: self.parser.parse_object_name(false)?, if_exists })
    }

    fn create_table(&mut self, lifetime: Lifetime, or_replace: bool) -> Parsed<CreateTable> {
        let if_not_exists = self.take(&["IF", "NOT", "EXISTS"]);
        let mut table = CreateTable {
            name: self.parser.parse_object_name(false)?,
            lifetime,
            or_replace,
            if_not_exists,
            declaration: Declaration::default(),
            like: None,
            query: None,
        };
        let declaration = &mut table.declaration;
        if self.parser.consume_token(&Token::LParen) {
            loop {
                self.element(declaration)?;
                if !self.parser.consume_token(&Token::Comma) {
                    break;
                }
            }
            self.parser.expect_token(&Token::RParen)?;
        }
        declaration.comment = self.comment()?;
        if is_word(&self.parser, 0, "DISTRIBUTED") {
            let place = self.parser.peek_token().span.start;
            return Err(not_here("DISTRIBUTED BY", NO_BUCKETS, place));
        }
        if self.take(&["PARTITIONED", "BY"]) {
            declaration.partitions = self.names()?;
        }
        if self.take(&["WITH"]) {
            declaration.options = self.options()?;
        }
        if self.take(&["LIKE"]) {
            table.like = Some(self.like()?);
        }
        if self.take(&["AS"]) {
            table.query = Some(self.parser.parse_query()?);
        }
        Ok(table)
    }

    /// `t (INCLUDING ALL OVERWRITING OPTIONS …)`.
    fn like(&mut self) -> Parsed<Like> {
        let mut like = Like { table: self.parser.parse_object_name(false)?, all: None, features: Vec::new() };
        if !self.parser.consume_token(&Token::LParen) {
            return Ok(like);
        }
        while !self.parser.consume_token(&Token::RParen) {
            let merging = self.merging()?;
            if self.take(&["ALL"]) {
                like.all = Some(merging);
                continue;
            }
            let feature = Feature::ALL.into_iter().find(|feature| self.take(&[feature.word()]));
            let Some(feature) = feature else {
                let next = self.parser.peek_token();
                let words = Feature::ALL.map(Feature::word).join(", ");
                return self.parser.expected(&format!("ALL, {words}"), next);
            };
            like.features.push((feature, merging));
        }
        Ok(like)
    }

    fn merging(&mut self) -> Parsed<Merging> {
        let words = [
            ("INCLUDING", Merging::Including),
            ("EXCLUDING", Merging::Excluding),
            ("OVERWRITING", Merging::Overwriting),
        ];
        match words.into_iter().find(|(word, _)| self.take(&[word])) {
            Some((_, merging)) => Ok(merging),
            None => {
                let next = self.parser.peek_token();
                self.parser.expected("INCLUDING, EXCLUDING or OVERWRITING", next)
            }
        }
    }
}
