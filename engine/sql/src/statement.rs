//! Flink's statements: an own parser over sqlparser's, which parses the queries and expressions within them.

use std::collections::BTreeMap;

use datafusion_sql::sqlparser::ast::{DataType, Expr, Ident, ObjectName, Query};
use datafusion_sql::sqlparser::keywords::Keyword;
use datafusion_sql::sqlparser::parser::{Parser, ParserError};
use datafusion_sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

use crate::dialect::{FlinkDialect, is_word, take_words};
use crate::error::{Place, SqlError};
use crate::macros::{Macro, of_class};
use crate::syntax::with_brackets;
use crate::type_syntax::parse_type;

/// What is to be done.
#[derive(Clone, Debug)]
pub(crate) enum Statement {
    CreateTable(Box<CreateTable>),
    CreateView {
        name: ObjectName,
        columns: Vec<Ident>,
        or_replace: bool,
        if_not_exists: bool,
        query: Box<Query>,
    },
    Drop {
        what: Kind,
        name: ObjectName,
        if_exists: bool,
    },
    CreateFunction {
        name: ObjectName,
        or_replace: bool,
        if_not_exists: bool,
        function: Macro,
    },
    Insert(Insert),
    /// Several inserts as one job.
    InsertSet(Vec<Insert>),
    Query(Box<Query>),
    Explain {
        explained: Box<Statement>,
        /// For other programs.
        as_json: bool,
    },
    Describe(ObjectName),
    Show(Shown),
    /// All settings, or one and its value.
    Set(Option<(String, String)>),
    /// All settings, or one.
    Reset(Option<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Table,
    View,
    Function,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Tables,
    Views,
    Functions,
}

#[derive(Clone, Debug)]
pub(crate) struct CreateTable {
    pub(crate) name: ObjectName,
    pub(crate) or_replace: bool,
    pub(crate) if_not_exists: bool,
    pub(crate) columns: Vec<Column>,
    pub(crate) partitions: Vec<Ident>,
    pub(crate) watermark: Option<(Ident, Expr)>,
    pub(crate) options: BTreeMap<String, String>,
    pub(crate) query: Option<Box<Query>>,
}

#[derive(Clone, Debug)]
pub(crate) enum Column {
    Physical { name: Ident, data_type: DataType, takes_nulls: bool },
    Computed { name: Ident, expr: Box<Expr> },
}

#[derive(Clone, Debug)]
pub(crate) struct Insert {
    pub(crate) table: ObjectName,
    pub(crate) overwrite: bool,
    pub(crate) columns: Vec<Ident>,
    /// Columns that have the same value in all rows.
    pub(crate) partition: Vec<(Ident, Expr)>,
    pub(crate) query: Box<Query>,
}

/// A statement, and where it begins.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub(crate) statement: Statement,
    pub(crate) begins: Location,
}

/// All statements of a text.
///
/// # Errors
///
/// What cannot be understood, and where.
pub(crate) fn parse(text: &str) -> Result<Vec<Located>, SqlError> {
    let dialect = FlinkDialect;
    let tokens = Tokenizer::new(&dialect, text).tokenize_with_location();
    let tokens = tokens.map_err(|error| {
        let (line, end) = (error.location.line, end_of(text));
        // What is not closed ends with the text, behind its last line.
        let place = if line > end.line { end } else { Place::at(line, error.location.column, 1) };
        SqlError::new(error.message).at(place).within(text)
    })?;
    let tokens = with_brackets(tokens);
    let mut script = Script { parser: Parser::new(&dialect).with_tokens_with_locations(tokens.clone()) };
    script.all().map_err(|error| {
        let words = match error {
            ParserError::TokenizerError(words) | ParserError::ParserError(words) => words,
            ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
        };
        let (words, place) = split_place(&words);
        let place = place
            .unwrap_or_else(|| place_of(&words, &tokens[..script.parser.index().min(tokens.len())], text));
        SqlError::new(words).at(place).within(text)
    })
}

/// Where the parser was when it said this without a place: at the last token that it names, or behind all of the text.
fn place_of(words: &str, tokens: &[TokenWithSpan], text: &str) -> Place {
    let named = words.rsplit_once("found: ").map(|(_, named)| named).filter(|named| *named != "EOF");
    let is_named = |token: &&TokenWithSpan| named.is_some_and(|named| token.token.to_string() == named);
    if let Some(token) = tokens.iter().rev().find(is_named) {
        return Place::at(token.span.start.line, token.span.start.column, 1);
    }
    end_of(text)
}

/// Behind all that is written.
fn end_of(text: &str) -> Place {
    let written = text.trim_end();
    let line = written.lines().count().max(1);
    let last = written.lines().last().unwrap_or_default();
    let [line, column] =
        [line, last.chars().count() + 1].map(|number| u64::try_from(number).unwrap_or(u64::MAX));
    Place::at(line, column, 1)
}

/// What the parser says, without the place that it names at the end of it.
fn split_place(words: &str) -> (String, Option<Place>) {
    let Some((what, place)) = words.rsplit_once(" at Line: ") else { return (words.to_owned(), None) };
    let numbers = place.split_once(", Column: ");
    let parsed =
        numbers.and_then(|(line, column)| Some((line.trim().parse().ok()?, column.trim().parse().ok()?)));
    (what.to_owned(), parsed.map(|(line, column)| Place::at(line, column, 1)))
}

struct Script<'a> {
    parser: Parser<'a>,
}

type Parsed<T> = Result<T, ParserError>;

impl Script<'_> {
    fn all(&mut self) -> Parsed<Vec<Located>> {
        let mut statements = Vec::new();
        loop {
            while self.parser.consume_token(&Token::SemiColon) {}
            let next = self.parser.peek_token();
            if next.token == Token::EOF {
                return Ok(statements);
            }
            statements.push(Located { statement: self.statement()?, begins: next.span.start });
            let next = self.parser.peek_token();
            if !matches!(next.token, Token::EOF | Token::SemiColon) {
                return self.parser.expected("the end of the statement", next);
            }
        }
    }

    fn take(&mut self, words: &[&str]) -> bool {
        take_words(&mut self.parser, words)
    }

    fn statement(&mut self) -> Parsed<Statement> {
        if self.take(&["EXPLAIN"]) {
            self.take(&["PLAN", "FOR"]);
            let as_json = self.explain_details();
            return Ok(Statement::Explain { explained: Box::new(self.statement()?), as_json });
        }
        if self.take(&["EXECUTE", "STATEMENT", "SET"]) || self.take(&["BEGIN", "STATEMENT", "SET"]) {
            self.take(&["BEGIN"]);
            return self.statement_set();
        }
        if self.take(&["CREATE"]) {
            return self.create();
        }
        if self.take(&["DROP"]) {
            return self.drop_one();
        }
        if self.take(&["SET"]) {
            return self.set();
        }
        if self.take(&["RESET"]) {
            let all = self.at_end();
            return Ok(Statement::Reset(if all { None } else { Some(self.parser.parse_literal_string()?) }));
        }
        if self.take(&["DESCRIBE"]) || self.take(&["DESC"]) {
            return Ok(Statement::Describe(self.parser.parse_object_name(false)?));
        }
        if self.take(&["SHOW"]) {
            return self.show();
        }
        if is_word(&self.parser, 0, "INSERT") {
            return Ok(Statement::Insert(self.insert()?));
        }
        let begins_query = ["SELECT", "WITH", "VALUES"].iter().any(|word| is_word(&self.parser, 0, word));
        if begins_query || self.parser.peek_token().token == Token::LParen {
            return Ok(Statement::Query(self.parser.parse_query()?));
        }
        let next = self.parser.peek_token();
        self.parser.expected("a statement: SELECT, INSERT, CREATE, DROP, EXPLAIN, DESCRIBE, SHOW, SET", next)
    }

    /// What is to be explained, separated by commas: all of it is, and so they only say whether it should be JSON.
    fn explain_details(&mut self) -> bool {
        let mut as_json = false;
        loop {
            let is_json = self.take(&["JSON_EXECUTION_PLAN"]);
            as_json |= is_json;
            let others = ["CHANGELOG_MODE", "ESTIMATED_COST", "PLAN_ADVICE"];
            if !is_json && !others.iter().any(|word| self.take(&[word])) {
                return as_json;
            }
            let _ = self.parser.consume_token(&Token::Comma);
        }
    }

    fn at_end(&self) -> bool {
        matches!(self.parser.peek_token().token, Token::EOF | Token::SemiColon)
    }

    fn set(&mut self) -> Parsed<Statement> {
        if self.at_end() {
            return Ok(Statement::Set(None));
        }
        let key = self.parser.parse_literal_string()?;
        self.parser.expect_token(&Token::Eq)?;
        Ok(Statement::Set(Some((key, self.parser.parse_literal_string()?))))
    }

    fn show(&mut self) -> Parsed<Statement> {
        let shown = [("TABLES", Shown::Tables), ("VIEWS", Shown::Views), ("FUNCTIONS", Shown::Functions)];
        for (word, shown) in shown {
            if self.take(&[word]) {
                return Ok(Statement::Show(shown));
            }
        }
        let next = self.parser.peek_token();
        self.parser.expected("TABLES, VIEWS or FUNCTIONS", next)
    }

    fn statement_set(&mut self) -> Parsed<Statement> {
        let mut inserts = Vec::new();
        loop {
            while self.parser.consume_token(&Token::SemiColon) {}
            if self.take(&["END"]) {
                return Ok(Statement::InsertSet(inserts));
            }
            inserts.push(self.insert()?);
        }
    }

    fn insert(&mut self) -> Parsed<Insert> {
        self.parser.expect_keyword_is(Keyword::INSERT)?;
        let overwrite = self.take(&["OVERWRITE"]);
        if !overwrite {
            self.parser.expect_keyword_is(Keyword::INTO)?;
        }
        let table = self.parser.parse_object_name(false)?;
        let partition = if self.take(&["PARTITION"]) { self.partition()? } else { Vec::new() };
        let begins_query = |word: &&str| is_word(&self.parser, 1, word);
        let has_columns = self.parser.peek_token().token == Token::LParen
            && !["SELECT", "WITH", "VALUES"].iter().any(begins_query)
            && self.parser.peek_nth_token(1).token != Token::LParen;
        let columns = if has_columns { self.names()? } else { Vec::new() };
        Ok(Insert { table, overwrite, columns, partition, query: self.parser.parse_query()? })
    }

    /// `(dt = '2025-01-01', hm)`: what all rows have in these columns; of one without a value each row has its own.
    fn partition(&mut self) -> Parsed<Vec<(Ident, Expr)>> {
        self.parser.expect_token(&Token::LParen)?;
        let columns = self.parser.parse_comma_separated(|parser| {
            let name = parser.parse_identifier()?;
            let value = match parser.consume_token(&Token::Eq) {
                true => Some(parser.parse_expr()?),
                false => None,
            };
            Ok((name, value))
        })?;
        self.parser.expect_token(&Token::RParen)?;
        Ok(columns.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
    }

    fn names(&mut self) -> Parsed<Vec<Ident>> {
        self.parser.expect_token(&Token::LParen)?;
        let names = self.parser.parse_comma_separated(Parser::parse_identifier)?;
        self.parser.expect_token(&Token::RParen)?;
        Ok(names)
    }

    fn create(&mut self) -> Parsed<Statement> {
        let or_replace = self.take(&["OR", "REPLACE"]);
        self.take(&["TEMPORARY"]);
        if self.take(&["TABLE"]) {
            let if_not_exists = self.take(&["IF", "NOT", "EXISTS"]);
            return Ok(Statement::CreateTable(Box::new(self.create_table(or_replace, if_not_exists)?)));
        }
        if self.take(&["VIEW"]) {
            let if_not_exists = self.take(&["IF", "NOT", "EXISTS"]);
            let name = self.parser.parse_object_name(false)?;
            let has_columns = self.parser.peek_token().token == Token::LParen;
            let columns = if has_columns { self.names()? } else { Vec::new() };
            self.comment()?;
            self.parser.expect_keyword_is(Keyword::AS)?;
            let query = self.parser.parse_query()?;
            return Ok(Statement::CreateView { name, columns, or_replace, if_not_exists, query });
        }
        if self.take(&["SYSTEM", "FUNCTION"]) || self.take(&["FUNCTION"]) {
            return self.create_function(or_replace);
        }
        let next = self.parser.peek_token();
        self.parser.expected("TABLE, VIEW or FUNCTION: nothing else can be created yet", next)
    }

    /// `f(x, y INT) [RETURNS t] AS expression`, or `f AS 'class'`.
    fn create_function(&mut self, or_replace: bool) -> Parsed<Statement> {
        let if_not_exists = self.take(&["IF", "NOT", "EXISTS"]);
        let name = self.parser.parse_object_name(false)?;
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
        let function = match (has_parameters, self.parser.peek_token().token) {
            (false, Token::SingleQuotedString(class)) => {
                self.parser.next_token();
                if self.take(&["LANGUAGE"]) {
                    self.parser.parse_identifier()?;
                }
                of_class(&class).map_err(|error| ParserError::ParserError(error.to_string()))?
            }
            _ => Macro::Expression { parameters, returns, body: Box::new(self.parser.parse_expr()?) },
        };
        Ok(Statement::CreateFunction { name, or_replace, if_not_exists, function })
    }

    fn drop_one(&mut self) -> Parsed<Statement> {
        self.take(&["TEMPORARY"]);
        self.take(&["SYSTEM"]);
        let what = if self.take(&["TABLE"]) {
            Kind::Table
        } else if self.take(&["FUNCTION"]) {
            Kind::Function
        } else if self.take(&["VIEW"]) {
            Kind::View
        } else {
            let next = self.parser.peek_token();
            return self.parser.expected("TABLE, VIEW or FUNCTION", next);
        };
        let if_exists = self.take(&["IF", "EXISTS"]);
        Ok(Statement::Drop { what, name: self.parser.parse_object_name(false)?, if_exists })
    }

    fn comment(&mut self) -> Parsed<()> {
        if self.take(&["COMMENT"]) {
            self.parser.parse_literal_string()?;
        }
        Ok(())
    }

    fn create_table(&mut self, or_replace: bool, if_not_exists: bool) -> Parsed<CreateTable> {
        let mut table = CreateTable {
            name: self.parser.parse_object_name(false)?,
            or_replace,
            if_not_exists,
            columns: Vec::new(),
            partitions: Vec::new(),
            watermark: None,
            options: BTreeMap::new(),
            query: None,
        };
        if self.parser.consume_token(&Token::LParen) {
            loop {
                self.element(&mut table)?;
                if !self.parser.consume_token(&Token::Comma) {
                    break;
                }
            }
            self.parser.expect_token(&Token::RParen)?;
        }
        self.comment()?;
        if self.take(&["PARTITIONED", "BY"]) {
            table.partitions = self.names()?;
        }
        if self.take(&["WITH"]) {
            table.options = self.options()?;
        }
        if self.take(&["AS"]) {
            table.query = Some(self.parser.parse_query()?);
        }
        Ok(table)
    }

    fn options(&mut self) -> Parsed<BTreeMap<String, String>> {
        self.parser.expect_token(&Token::LParen)?;
        let options = self.parser.parse_comma_separated(|parser| {
            let key = parser.parse_literal_string()?;
            parser.expect_token(&Token::Eq)?;
            Ok((key, parser.parse_literal_string()?))
        })?;
        self.parser.expect_token(&Token::RParen)?;
        Ok(options.into_iter().collect())
    }

    fn element(&mut self, table: &mut CreateTable) -> Parsed<()> {
        if self.take(&["WATERMARK", "FOR"]) {
            let column = self.parser.parse_identifier()?;
            self.parser.expect_keyword_is(Keyword::AS)?;
            table.watermark = Some((column, self.parser.parse_expr()?));
            return Ok(());
        }
        if self.take(&["PRIMARY", "KEY"]) {
            self.names()?;
            self.take(&["NOT", "ENFORCED"]);
            return Ok(());
        }
        let name = self.parser.parse_identifier()?;
        let column = if self.take(&["AS"]) {
            Column::Computed { name, expr: Box::new(self.parser.parse_expr()?) }
        } else {
            let (data_type, takes_nulls) = parse_type(&mut self.parser)?;
            if self.take(&["PRIMARY", "KEY"]) {
                self.take(&["NOT", "ENFORCED"]);
            }
            Column::Physical { name, data_type, takes_nulls }
        };
        self.comment()?;
        table.columns.push(column);
        Ok(())
    }
}
