//! A text as statements.

use datafusion_sql::sqlparser::ast::{Expr, Ident};
use datafusion_sql::sqlparser::keywords::Keyword;
use datafusion_sql::sqlparser::parser::{Parser, ParserError};
use datafusion_sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::text::Text;
use super::{Details, Drawn, Insert, Located, Statement};
use crate::dialect::{FlinkDialect, begins_with, is_word, take_words};
use crate::error::{Place, SqlError};
use crate::syntax::{with_brackets, with_differences};

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
    let tokens = with_differences(with_brackets(tokens));
    let parser = Parser::new(&dialect).with_tokens_with_locations(tokens.clone());
    let mut script = Script { parser, text: Text::new(text, tokens.clone()) };
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

pub(super) struct Script<'a> {
    pub(super) parser: Parser<'a>,
    text: Text<'a>,
}

pub(super) type Parsed<T> = Result<T, ParserError>;

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

    pub(super) fn take(&mut self, words: &[&str]) -> bool {
        take_words(&mut self.parser, words)
    }

    pub(super) fn begins_with(&self, words: &[&str]) -> bool {
        begins_with(&self.parser, words)
    }

    /// What was read by `read`, and how it was written.
    pub(super) fn written<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<(T, String)> {
        // The current token is the one that was read last.
        let before = self.parser.get_current_index();
        let parsed = read(self)?;
        let written = self.text.between(before + 1, self.parser.get_current_index() + 1);
        Ok((parsed, written.to_owned()))
    }

    fn statement(&mut self) -> Parsed<Statement> {
        if self.take(&["EXPLAIN"]) {
            self.take(&["PLAN", "FOR"]);
            let details = self.explain_details();
            return Ok(Statement::Explain { explained: Box::new(self.statement()?), details });
        }
        if let Some(error) = self.refused() {
            return Err(error);
        }
        if let Some(statement) = self.definition()? {
            return Ok(statement);
        }
        if let Some(statement) = self.question()? {
            return Ok(statement);
        }
        self.run()
    }

    /// A statement that makes, alters or removes something, or sets options; nothing, if it is another one.
    fn definition(&mut self) -> Parsed<Option<Statement>> {
        let statement = if self.take(&["CREATE"]) {
            self.create()?
        } else if self.take(&["REPLACE"]) {
            self.created(true)?
        } else if self.take(&["DROP"]) {
            self.drop_one()?
        } else if self.take(&["ALTER"]) {
            self.alter()?
        } else if self.take(&["TRUNCATE"]) {
            self.truncate()?
        } else if self.take(&["ANALYZE"]) {
            self.analyze()?
        } else if self.take(&["SET"]) {
            self.set()?
        } else if self.take(&["RESET"]) {
            let all = self.at_end();
            Statement::Reset(if all { None } else { Some(self.parser.parse_literal_string()?) })
        } else {
            return Ok(None);
        };
        Ok(Some(statement))
    }

    /// A statement that reads and writes rows.
    fn run(&mut self) -> Parsed<Statement> {
        let is_executed = self.take(&["EXECUTE"]);
        if self.take(&["BEGIN", "STATEMENT", "SET"]) || self.take(&["STATEMENT", "SET"]) {
            self.take(&["BEGIN"]);
            return self.statement_set();
        }
        if is_word(&self.parser, 0, "INSERT") {
            return Ok(Statement::Insert(self.insert()?));
        }
        let begins_query = ["SELECT", "WITH", "VALUES"].iter().any(|word| is_word(&self.parser, 0, word));
        if begins_query || self.parser.peek_token().token == Token::LParen {
            return Ok(Statement::Query(self.parser.parse_query()?));
        }
        let next = self.parser.peek_token();
        let wanted = match is_executed {
            true => "STATEMENT SET, INSERT or SELECT",
            false => {
                "a statement: SELECT, INSERT, CREATE, ALTER, DROP, TRUNCATE, EXPLAIN, DESCRIBE, SHOW, USE, SET"
            }
        };
        self.parser.expected(wanted, next)
    }

    /// What is to be explained, separated by commas.
    fn explain_details(&mut self) -> Details {
        let mut details = Details::default();
        loop {
            if self.take(&["JSON_EXECUTION_PLAN"]) {
                details.drawn = Drawn::Json;
            } else if self.take(&["GRAPHVIZ"]) {
                details.drawn = Drawn::Graphviz;
            } else if self.take(&["MERMAID"]) {
                details.drawn = Drawn::Mermaid;
            } else if self.take(&["ESTIMATED_COST"]) {
                details.has_cost = true;
            } else if self.take(&["CHANGELOG_MODE"]) {
                details.has_kinds = true;
            } else if !self.take(&["PLAN_ADVICE"]) {
                return details;
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
    pub(super) fn partition(&mut self) -> Parsed<Vec<(Ident, Expr)>> {
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

    pub(super) fn names(&mut self) -> Parsed<Vec<Ident>> {
        self.parser.expect_token(&Token::LParen)?;
        let names = self.parser.parse_comma_separated(Parser::parse_identifier)?;
        self.parser.expect_token(&Token::RParen)?;
        Ok(names)
    }
}
