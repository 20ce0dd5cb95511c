//! Flink's dialect over sqlparser: switches for what it can do, hooks for what it cannot.
//!
//! An own dialect, and none that pretends to be another one: those refuse columns that are called `key`, or bring syntax that
//! nobody asked for.

use datafusion_sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion_sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, DataType, Expr, SetExpr, TableFactor, Value,
};
use datafusion_sql::sqlparser::dialect::Dialect;
use datafusion_sql::sqlparser::keywords::Keyword;
use datafusion_sql::sqlparser::parser::{Parser, ParserError};
use datafusion_sql::sqlparser::tokenizer::{Token, Word};

use crate::syntax;
use crate::type_syntax::parse_type;

/// Flink's SQL.
#[derive(Debug, Default)]
pub(crate) struct FlinkDialect;

impl Dialect for FlinkDialect {
    fn is_delimited_identifier_start(&self, letter: char) -> bool {
        letter == '`'
    }

    fn identifier_quote_style(&self, _identifier: &str) -> Option<char> {
        Some('`')
    }

    fn is_identifier_start(&self, letter: char) -> bool {
        letter.is_alphabetic() || letter == '_'
    }

    fn is_identifier_part(&self, letter: char) -> bool {
        letter.is_alphanumeric() || letter == '_' || letter == '$'
    }

    fn supports_unicode_string_literal(&self) -> bool {
        true
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_match_recognize(&self) -> bool {
        true
    }

    fn supports_table_versioning(&self) -> bool {
        true
    }

    fn supports_interval_options(&self) -> bool {
        true
    }

    fn supports_window_function_null_treatment_arg(&self) -> bool {
        true
    }

    fn supports_parens_around_table_factor(&self) -> bool {
        true
    }

    fn supports_left_associative_joins_without_parens(&self) -> bool {
        true
    }

    fn supports_comment_optimizer_hint(&self) -> bool {
        true
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        let [first, second] = [0, 1].map(|ahead| parser.peek_nth_token(ahead).token);
        let Token::Word(Word { quote_style: None, keyword, value }) = first else { return None };
        if keyword == Keyword::TABLE && matches!(second, Token::Word(_) | Token::LParen) {
            return Some(table(parser));
        }
        if keyword == Keyword::CASE {
            // Else sqlparser takes a CASE without its END for a column of this name.
            return syntax::prefix(parser, "CASE");
        }
        if !matches!(second, Token::LParen | Token::LBracket) {
            return None;
        }
        let name = value.to_ascii_uppercase();
        match (keyword, second) {
            (Keyword::CAST, Token::LParen) => Some(cast(parser, CastKind::Cast)),
            (Keyword::TRY_CAST, Token::LParen) => Some(cast(parser, CastKind::TryCast)),
            (_, Token::LParen) => choice(parser, &name).or_else(|| syntax::prefix(parser, &name)),
            _ => syntax::prefix(parser, &name),
        }
    }

    fn parse_infix(
        &self,
        parser: &mut Parser,
        expr: &Expr,
        _precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        syntax::infix(parser, expr)
    }
}

/// The functions that are another way to write `CASE`, as which they come by one type for all of their values, or `%`.
fn choice(parser: &mut Parser, name: &str) -> Option<Result<Expr, ParserError>> {
    let (least, most) = match name {
        "COALESCE" => (1, usize::MAX),
        "IFNULL" | "NULLIF" | "MOD" => (2, 2),
        "IF" => (3, 3),
        _ => return None,
    };
    let mut parse = || {
        parser.next_token();
        parser.expect_token(&Token::LParen)?;
        let mut values = parser.parse_comma_separated(Parser::parse_expr)?;
        parser.expect_token(&Token::RParen)?;
        if !(least..=most).contains(&values.len()) {
            return parser_err(name, least, values.len());
        }
        let last = values.pop().expect("at least one value");
        if name == "MOD" {
            let side = |value| Box::new(Expr::Nested(Box::new(value)));
            let (left, right) = (side(values.remove(0)), side(last));
            let remainder = Expr::BinaryOp { left, op: BinaryOperator::Modulo, right };
            return Ok(Expr::Nested(Box::new(remainder)));
        }
        let when = |condition, result| CaseWhen { condition, result };
        let (conditions, otherwise) = match name {
            "NULLIF" => {
                let value = values.remove(0);
                let (left, right) = (Box::new(value.clone()), Box::new(last));
                let same = Expr::BinaryOp { left, op: BinaryOperator::Eq, right };
                (vec![when(same, Expr::value(Value::Null))], value)
            }
            "IF" => {
                let result = values.pop().expect("three values");
                (vec![when(values.remove(0), result)], last)
            }
            _ => {
                let is_there = |value: Expr| when(Expr::IsNotNull(Box::new(value.clone())), value);
                (values.into_iter().map(is_there).collect(), last)
            }
        };
        if conditions.is_empty() {
            return Ok(otherwise);
        }
        let [case_token, end_token] = [AttachedToken::empty(), AttachedToken::empty()];
        let else_result = Some(Box::new(otherwise));
        Ok(Expr::Case { case_token, end_token, operand: None, conditions, else_result })
    };
    Some(parse())
}

fn parser_err(name: &str, least: usize, given: usize) -> Result<Expr, ParserError> {
    let values = if least == 1 { "value" } else { "values" };
    Err(ParserError::ParserError(format!("{name} takes {least} {values}, not {given}")))
}

/// `TABLE t PARTITION BY k`, what a table function is given, as `(SELECT * FROM t DISTRIBUTE BY k)`: of that no planner makes
/// anything but who expects it, so that it cannot be mistaken.
fn table(parser: &mut Parser) -> Result<Expr, ParserError> {
    parser.expect_keyword_is(Keyword::TABLE)?;
    let mut query = if parser.consume_token(&Token::LParen) {
        let query = parser.parse_query()?;
        parser.expect_token(&Token::RParen)?;
        query
    } else {
        let name = parser.parse_object_name(false)?;
        let mut all = Parser::new(&FlinkDialect).try_with_sql("SELECT * FROM t")?.parse_query()?;
        if let SetExpr::Select(select) = all.body.as_mut()
            && let Some(TableFactor::Table { name: of, .. }) =
                select.from.first_mut().map(|from| &mut from.relation)
        {
            *of = name;
        }
        all
    };
    if take_words(parser, &["PARTITION", "BY"]) {
        let keys = if parser.consume_token(&Token::LParen) {
            let keys = parser.parse_comma_separated(Parser::parse_expr)?;
            parser.expect_token(&Token::RParen)?;
            keys
        } else {
            vec![parser.parse_expr()?]
        };
        if let SetExpr::Select(select) = query.body.as_mut() {
            select.distribute_by = keys;
        }
    }
    Ok(Expr::Subquery(query))
}

/// `CAST(x AS t)`, with Flink's types.
fn cast(parser: &mut Parser, kind: CastKind) -> Result<Expr, ParserError> {
    parser.next_token();
    parser.expect_token(&Token::LParen)?;
    let expr = Box::new(parser.parse_expr()?);
    parser.expect_keyword_is(Keyword::AS)?;
    let (data_type, _): (DataType, bool) = parse_type(parser)?;
    parser.expect_token(&Token::RParen)?;
    Ok(Expr::Cast { kind, expr, data_type, array: false, format: None })
}

/// Whether a word comes next, `ahead` tokens on.
pub(crate) fn is_word(parser: &Parser, ahead: usize, wanted: &str) -> bool {
    let token = parser.peek_nth_token(ahead).token;
    matches!(token, Token::Word(Word { value, quote_style: None, .. }) if value.eq_ignore_ascii_case(wanted))
}

/// Whether all of these words come next.
pub(crate) fn begins_with(parser: &Parser, words: &[&str]) -> bool {
    words.iter().enumerate().all(|(ahead, word)| is_word(parser, ahead, word))
}

/// Takes these words, if all of them come next.
pub(crate) fn take_words(parser: &mut Parser, words: &[&str]) -> bool {
    let all = begins_with(parser, words);
    if all {
        words.iter().for_each(|_| drop(parser.next_token()));
    }
    all
}
