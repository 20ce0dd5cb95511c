//! What sqlparser does not take, parsed by hand: at the beginning of an expression, and behind one.

use datafusion_sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion_sql::sqlparser::ast::{BinaryOperator, CaseWhen, Expr, TrimWhereField};
use datafusion_sql::sqlparser::dialect::{Dialect, Precedence};
use datafusion_sql::sqlparser::keywords::Keyword;
use datafusion_sql::sqlparser::parser::{Parser, ParserError};
use datafusion_sql::sqlparser::tokenizer::Token;

use super::{call, joined, json, text, unless};
use crate::dialect::{FlinkDialect, is_word, take_words};

type Parsed = Result<Expr, ParserError>;

/// What begins with this word, if it is ours to parse.
pub(crate) fn prefix(parser: &mut Parser, word: &str) -> Option<Parsed> {
    match (word, parser.peek_nth_token(1).token) {
        ("MAP", Token::LBracket) => Some(map(parser)),
        ("TRIM", Token::LParen) => trim(parser),
        ("CASE", _) => Some(case(parser)),
        (name, Token::LParen) => json::prefix(parser, name),
        _ => None,
    }
}

/// What stands behind an expression, if it is ours to parse.
pub(crate) fn infix(parser: &mut Parser, expr: &Expr) -> Option<Parsed> {
    let is_negated = is_word(parser, 0, "NOT");
    let ahead = usize::from(is_negated);
    if is_word(parser, 0, "IS") {
        let is_negated = is_word(parser, 1, "NOT");
        return is_word(parser, 1 + usize::from(is_negated), "JSON")
            .then(|| Ok(is_json(parser, expr, is_negated)));
    }
    let order = ["SYMMETRIC", "ASYMMETRIC"].into_iter().find(|word| is_word(parser, ahead + 1, word))?;
    is_word(parser, ahead, "BETWEEN").then(|| between(parser, expr, is_negated, order == "SYMMETRIC"))
}

/// `MAP[k, v, …]`.
fn map(parser: &mut Parser) -> Parsed {
    parser.next_token();
    parser.next_token();
    let values = match parser.peek_token().token {
        Token::RBracket => Vec::new(),
        _ => parser.parse_comma_separated(Parser::parse_expr)?,
    };
    parser.expect_token(&Token::RBracket)?;
    Ok(call("MAP", values))
}

/// `CASE x WHEN a, b THEN y … END`: of several values, which sqlparser does not know, each has a branch of its own.
fn case(parser: &mut Parser) -> Parsed {
    let case_token = AttachedToken(parser.next_token());
    let operand = match is_word(parser, 0, "WHEN") {
        true => None,
        false => Some(Box::new(parser.parse_expr()?)),
    };
    let mut conditions = Vec::new();
    loop {
        parser.expect_keyword_is(Keyword::WHEN)?;
        let values = match &operand {
            Some(_) => parser.parse_comma_separated(Parser::parse_expr)?,
            None => vec![parser.parse_expr()?],
        };
        parser.expect_keyword_is(Keyword::THEN)?;
        let result = parser.parse_expr()?;
        conditions.extend(values.into_iter().map(|condition| CaseWhen { condition, result: result.clone() }));
        if !is_word(parser, 0, "WHEN") {
            break;
        }
    }
    let else_result = match parser.parse_keyword(Keyword::ELSE) {
        true => Some(Box::new(parser.parse_expr()?)),
        false => None,
    };
    let end_token = AttachedToken(parser.expect_keyword(Keyword::END)?);
    Ok(Expr::Case { case_token, end_token, operand, conditions, else_result })
}

/// `TRIM(LEADING FROM x)`: blanks, which sqlparser wants to be said.
fn trim(parser: &mut Parser) -> Option<Parsed> {
    let sides = [
        ("BOTH", TrimWhereField::Both),
        ("LEADING", TrimWhereField::Leading),
        ("TRAILING", TrimWhereField::Trailing),
    ];
    let (_, side) = sides.into_iter().find(|(word, _)| is_word(parser, 2, word))?;
    is_word(parser, 3, "FROM").then(|| {
        (0..4).for_each(|_| drop(parser.next_token()));
        let expr = Box::new(parser.parse_expr()?);
        parser.expect_token(&Token::RParen)?;
        Ok(Expr::Trim { expr, trim_where: Some(side), trim_what: None, trim_characters: None })
    })
}

/// `x IS [NOT] JSON [VALUE | OBJECT | ARRAY | SCALAR]`.
fn is_json(parser: &mut Parser, expr: &Expr, is_negated: bool) -> Expr {
    take_words(parser, &["IS"]);
    take_words(parser, &["NOT"]);
    take_words(parser, &["JSON"]);
    let shapes = ["VALUE", "OBJECT", "ARRAY", "SCALAR"];
    let shape = shapes.into_iter().find(|shape| take_words(parser, &[shape]));
    let arguments = [Some(expr.clone()), shape.map(text)].into_iter().flatten().collect();
    unless(is_negated, call("IS_JSON", arguments))
}

/// `x [NOT] BETWEEN SYMMETRIC a AND b`: of which bound is the lower one nothing is said.
fn between(parser: &mut Parser, expr: &Expr, negated: bool, is_symmetric: bool) -> Parsed {
    take_words(parser, &["NOT"]);
    (0..2).for_each(|_| drop(parser.next_token()));
    let bound = |parser: &mut Parser| parser.parse_subexpr(FlinkDialect.prec_value(Precedence::Between));
    let low = bound(parser)?;
    parser.expect_keyword_is(Keyword::AND)?;
    let high = bound(parser)?;
    let within = |low: &Expr, high: &Expr| {
        let [expr, low, high] = [expr, low, high].map(|part| Box::new(part.clone()));
        Expr::Between { expr, negated: false, low, high }
    };
    let ways = match is_symmetric {
        true => vec![within(&low, &high), within(&high, &low)],
        false => vec![within(&low, &high)],
    };
    Ok(unless(negated, joined(ways, &BinaryOperator::Or).expect("there is a way")))
}
