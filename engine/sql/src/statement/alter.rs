//! `ALTER` of tables, views, functions, databases and catalogs.

use std::collections::BTreeMap;

use datafusion_sql::sqlparser::ast::{Ident, ObjectName};
use datafusion_sql::sqlparser::keywords::Keyword;
use datafusion_sql::sqlparser::tokenizer::Token;

use super::partitions::Partition;
use super::refused::{NO_BUCKETS, not_here};
use super::script::{Parsed, Script};
use super::{Lifetime, Statement};
use crate::about::Saying;
use crate::declaration::{Column, PrimaryKey, WatermarkFor};

/// What becomes of a table.
#[derive(Clone, Debug)]
pub(crate) enum Alteration {
    RenameTo(ObjectName),
    Set(BTreeMap<String, String>),
    Reset(Vec<String>),
    Add(Vec<Element>),
    /// What is there becomes this.
    Modify(Vec<Element>),
    DropColumns(Vec<Ident>),
    DropPrimaryKey,
    DropWatermark,
    RenameColumn(Ident, Ident),
    AddPartitions {
        partitions: Vec<Partition>,
        if_not_exists: bool,
    },
    DropPartitions {
        partitions: Vec<Partition>,
        if_exists: bool,
    },
}

/// A part of what is declared.
#[derive(Clone, Debug)]
pub(crate) enum Element {
    Column(Box<Column>, Option<Place>),
    PrimaryKey(PrimaryKey),
    Watermark(Box<WatermarkFor>),
}

/// Where a column stands: as the last one, if nothing is said.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    First,
    After(Ident),
}

impl Script<'_> {
    pub(super) fn alter(&mut self) -> Parsed<Statement> {
        if self.take(&["VIEW"]) {
            let name = self.parser.parse_object_name(false)?;
            if self.take(&["RENAME", "TO"]) {
                return Ok(Statement::RenameView { name, to: self.parser.parse_object_name(false)? });
            }
            self.parser.expect_keyword_is(Keyword::AS)?;
            let (_, written) = self.written(|script| script.parser.parse_query())?;
            return Ok(Statement::AlterView { name, written });
        }
        if self.take(&["TABLE"]) {
            let if_exists = self.take(&["IF", "EXISTS"]);
            let name = self.parser.parse_object_name(false)?;
            return Ok(Statement::AlterTable { name, if_exists, alteration: self.alteration()? });
        }
        if self.take(&["DATABASE"]) {
            let name = self.parser.parse_object_name(false)?;
            return Ok(Statement::AlterDatabase { name, saying: self.saying()? });
        }
        if self.take(&["CATALOG"]) {
            let name = self.parser.parse_identifier()?;
            return Ok(Statement::AlterCatalog { name, saying: self.saying()? });
        }
        let lifetime = self.lifetime();
        if self.take(&["FUNCTION"]) {
            return self.alter_function(lifetime);
        }
        let next = self.parser.peek_token();
        self.parser.expected("TABLE, VIEW, FUNCTION, DATABASE or CATALOG", next)
    }

    fn alter_function(&mut self, lifetime: Lifetime) -> Parsed<Statement> {
        let if_exists = self.take(&["IF", "EXISTS"]);
        let function = Box::new(self.create_function(lifetime, true)?);
        Ok(Statement::AlterFunction { function, if_exists })
    }

    /// What is to be said of a catalog or a database.
    fn saying(&mut self) -> Parsed<Saying> {
        if self.take(&["SET"]) {
            return Ok(Saying::Set(self.options()?));
        }
        if self.take(&["RESET"]) {
            return Ok(Saying::Reset(self.keys()?));
        }
        match self.comment()? {
            Some(comment) => Ok(Saying::Comment(comment)),
            None => {
                let next = self.parser.peek_token();
                self.parser.expected("SET, RESET or COMMENT", next)
            }
        }
    }

    fn keys(&mut self) -> Parsed<Vec<String>> {
        self.parser.expect_token(&Token::LParen)?;
        let keys = self.parser.parse_comma_separated(|parser| parser.parse_literal_string())?;
        self.parser.expect_token(&Token::RParen)?;
        Ok(keys)
    }

    fn alteration(&mut self) -> Parsed<Alteration> {
        if self.take(&["RENAME", "TO"]) {
            return Ok(Alteration::RenameTo(self.parser.parse_object_name(false)?));
        }
        if self.take(&["RENAME"]) {
            let name = self.parser.parse_identifier()?;
            self.parser.expect_keyword_is(Keyword::TO)?;
            return Ok(Alteration::RenameColumn(name, self.parser.parse_identifier()?));
        }
        if self.take(&["SET"]) {
            return Ok(Alteration::Set(self.options()?));
        }
        if self.take(&["RESET"]) {
            return Ok(Alteration::Reset(self.keys()?));
        }
        if ["ADD", "MODIFY", "DROP"].iter().any(|verb| self.begins_with(&[verb, "DISTRIBUTION"])) {
            let place = self.parser.peek_token().span.start;
            return Err(not_here("DISTRIBUTION", NO_BUCKETS, place));
        }
        if self.take(&["ADD"]) {
            let if_not_exists = self.take(&["IF", "NOT", "EXISTS"]);
            if if_not_exists || self.begins_partition() {
                return Ok(Alteration::AddPartitions { partitions: self.partitions()?, if_not_exists });
            }
            return Ok(Alteration::Add(self.altered()?));
        }
        if self.take(&["MODIFY"]) {
            return Ok(Alteration::Modify(self.altered()?));
        }
        if self.take(&["DROP"]) {
            return self.dropped();
        }
        let next = self.parser.peek_token();
        self.parser.expected("ADD, MODIFY, DROP, RENAME, SET or RESET", next)
    }

    fn dropped(&mut self) -> Parsed<Alteration> {
        let if_exists = self.take(&["IF", "EXISTS"]);
        if if_exists || self.begins_partition() {
            return Ok(Alteration::DropPartitions { partitions: self.partitions()?, if_exists });
        }
        if self.take(&["PRIMARY", "KEY"]) {
            return Ok(Alteration::DropPrimaryKey);
        }
        if self.take(&["CONSTRAINT"]) {
            // There is one constraint only.
            self.parser.parse_identifier()?;
            return Ok(Alteration::DropPrimaryKey);
        }
        if self.take(&["WATERMARK"]) {
            return Ok(Alteration::DropWatermark);
        }
        if self.parser.peek_token().token == Token::LParen {
            return Ok(Alteration::DropColumns(self.names()?));
        }
        Ok(Alteration::DropColumns(vec![self.parser.parse_identifier()?]))
    }

    /// One element, or several in brackets.
    fn altered(&mut self) -> Parsed<Vec<Element>> {
        if !self.parser.consume_token(&Token::LParen) {
            let mut elements = Vec::new();
            self.altered_one(&mut elements)?;
            return Ok(elements);
        }
        let mut elements = Vec::new();
        loop {
            self.altered_one(&mut elements)?;
            if !self.parser.consume_token(&Token::Comma) {
                break;
            }
        }
        self.parser.expect_token(&Token::RParen)?;
        Ok(elements)
    }

    fn altered_one(&mut self, to: &mut Vec<Element>) -> Parsed<()> {
        if let Some(watermark) = self.watermark()? {
            to.push(Element::Watermark(Box::new(watermark)));
            return Ok(());
        }
        if let Some(key) = self.primary_key()? {
            to.push(Element::PrimaryKey(key));
            return Ok(());
        }
        let mut key = None;
        let column = self.column(&mut key)?;
        let place = if self.take(&["FIRST"]) {
            Some(Place::First)
        } else if self.take(&["AFTER"]) {
            Some(Place::After(self.parser.parse_identifier()?))
        } else {
            None
        };
        to.push(Element::Column(Box::new(column), place));
        to.extend(key.map(Element::PrimaryKey));
        Ok(())
    }
}
