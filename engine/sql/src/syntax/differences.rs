//! `(t - u) DAY`: the time between two times as an interval, for which sqlparser has no syntax.
//!
//! ```text
//!   (t - u) DAY TO SECOND  ─►  tokens: `MINUS_TIMES`(t - u, 'DAY')  ─►  tree: CAST(t AS TIMESTAMP(3)) - CAST(u AS TIMESTAMP(3))
//!   (t - u) MONTH          ─►  tokens: `MINUS_TIMES`(t - u, 'MONTH') ─► tree: TIMESTAMPDIFF('MONTH', u, t) * INTERVAL '1' MONTH
//! ```
//!
//! The unit says of which kind the interval is, as in Flink; of that kind it is exact: `(t - u) DAY` has hours too.

use datafusion_sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, DateTimeField, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, Interval, TimezoneInfo,
};
use datafusion_sql::sqlparser::keywords::Keyword;
use datafusion_sql::sqlparser::tokenizer::{Token, TokenWithSpan, Word};

use super::{call, literal_text, text};
use crate::error::SqlError;

/// What is called in between; no function has this name.
const NAME: &str = "MINUS_TIMES";

/// Units of months and longer.
const MONTHS: [&str; 3] = ["YEAR", "QUARTER", "MONTH"];
/// Units of days and shorter.
const DAYS: [&str; 5] = ["WEEK", "DAY", "HOUR", "MINUTE", "SECOND"];

/// Behind these words a bracket begins an expression, and no arguments of a function.
const BEFORE: [&str; 24] = [
    "SELECT",
    "DISTINCT",
    "ALL",
    "WHERE",
    "AND",
    "OR",
    "NOT",
    "BETWEEN",
    "SYMMETRIC",
    "ON",
    "HAVING",
    "WHEN",
    "THEN",
    "ELSE",
    "CASE",
    "IN",
    "LIKE",
    "BY",
    "VALUES",
    "RETURN",
    "AS",
    "IS",
    "FROM",
    "LIMIT",
];

/// The same with a call in place of each such difference.
pub(crate) fn with_differences(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    // Where brackets begin that are open, and whether there is a minus right in them.
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match &token.token {
            Token::LParen => open.push((out.len(), false)),
            Token::Minus => {
                open.iter_mut().next_back().into_iter().for_each(|(_, has_minus)| *has_minus = true)
            }
            Token::RParen => {
                let begins = open.pop().filter(|(begins, has_minus)| *has_minus && is_bare(&out[..*begins]));
                if let (Some((begins, _)), Some((unit, behind))) = (begins, unit_at(&tokens, at)) {
                    let span = out[begins].span;
                    let name =
                        Word { value: NAME.to_owned(), quote_style: Some('`'), keyword: Keyword::NoKeyword };
                    out.insert(begins, TokenWithSpan { token: Token::Word(name), span });
                    // The closing bracket stands where the unit ends, so that what was written is all of it.
                    let ends = tokens[behind - 1].span;
                    for token in [Token::Comma, Token::SingleQuotedString(unit.to_owned()), Token::RParen] {
                        out.push(TokenWithSpan { token, span: ends });
                    }
                    at = behind;
                    continue;
                }
            }
            _ => {}
        }
        out.push(token.clone());
    }
    out
}

/// Whether a bracket behind these tokens is one around an expression.
fn is_bare(before: &[TokenWithSpan]) -> bool {
    let last = before.iter().rev().find(|token| !matches!(token.token, Token::Whitespace(_)));
    match last.map(|last| &last.token) {
        Some(Token::Word(Word { value, quote_style: None, .. })) => {
            BEFORE.iter().any(|word| value.eq_ignore_ascii_case(word))
        }
        Some(Token::Word(_)) => false,
        _ => true,
    }
}

/// The unit that comes next, `DAY(3) TO SECOND(3)` or less of that, by its first word; and what is behind it.
fn unit_at(tokens: &[TokenWithSpan], from: usize) -> Option<(&'static str, usize)> {
    let (unit, mut at) = word_at(tokens, from)?;
    at = behind_precision(tokens, at);
    if let Some(to) = next_at(tokens, at)
        && matches!(&tokens[to].token, Token::Word(word) if word.keyword == Keyword::TO)
        && let Some((_, behind)) = word_at(tokens, to + 1)
    {
        at = behind_precision(tokens, behind);
    }
    Some((unit, at))
}

/// The next token that is no blank.
fn next_at(tokens: &[TokenWithSpan], from: usize) -> Option<usize> {
    (from..tokens.len()).find(|at| !matches!(tokens[*at].token, Token::Whitespace(_)))
}

fn word_at(tokens: &[TokenWithSpan], from: usize) -> Option<(&'static str, usize)> {
    let at = next_at(tokens, from)?;
    let Token::Word(Word { value, quote_style: None, .. }) = &tokens[at].token else { return None };
    let unit = MONTHS.into_iter().chain(DAYS).find(|unit| value.eq_ignore_ascii_case(unit))?;
    Some((unit, at + 1))
}

/// Behind `(3)`, if that comes next.
fn behind_precision(tokens: &[TokenWithSpan], at: usize) -> usize {
    match tokens.get(at..at + 3) {
        Some([open, digits, close])
            if open.token == Token::LParen
                && matches!(digits.token, Token::Number(..))
                && close.token == Token::RParen =>
        {
            at + 3
        }
        _ => at,
    }
}

/// Whether it is such a call.
pub(super) fn is_one(function: &Function) -> bool {
    function.name.0.last().and_then(|part| part.as_ident()).is_some_and(|name| name.value == NAME)
}

/// What it stands for.
pub(super) fn of(function: Function) -> Result<Expr, SqlError> {
    let FunctionArguments::List(list) = function.args else { return Err(wrong()) };
    let mut arguments = list.args.into_iter().map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(expr),
        _ => Err(wrong()),
    });
    let (Some(difference), Some(unit), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err(wrong());
    };
    let (Expr::BinaryOp { left, op: BinaryOperator::Minus, right }, unit) = (difference?, unit?) else {
        return Err(wrong());
    };
    let is_of_months = literal_text(&unit).is_some_and(|unit| MONTHS.contains(&unit));
    let difference = if is_of_months {
        let months = call("TIMESTAMPDIFF", vec![text("MONTH"), *right, *left]);
        let one = Expr::Interval(Interval {
            value: Box::new(text("1")),
            leading_field: Some(DateTimeField::Month),
            leading_precision: None,
            last_field: None,
            fractional_seconds_precision: None,
        });
        Expr::BinaryOp { left: Box::new(months), op: BinaryOperator::Multiply, right: Box::new(one) }
    } else {
        let time = |expr| {
            let data_type = DataType::Timestamp(Some(3), TimezoneInfo::None);
            Box::new(Expr::Cast { kind: CastKind::Cast, expr, data_type, array: false, format: None })
        };
        Expr::BinaryOp { left: time(left), op: BinaryOperator::Minus, right: time(right) }
    };
    Ok(Expr::Nested(Box::new(difference)))
}

fn wrong() -> SqlError {
    SqlError::new(
        "(t - u) DAY is the time between two times: what stands in the brackets is their difference",
    )
}

#[cfg(test)]
mod tests {
    use datafusion_sql::sqlparser::tokenizer::Tokenizer;

    use super::*;
    use crate::dialect::FlinkDialect;

    fn check(text: &str, expected: &str) {
        let tokens = Tokenizer::new(&FlinkDialect, text).tokenize_with_location().unwrap();
        let tokens = with_differences(tokens).into_iter().map(|token| token.token);
        let written: String =
            tokens.filter(|token| *token != Token::EOF).map(|token| token.to_string()).collect();
        assert_eq!(written, expected, "{text}");
    }

    #[test]
    fn a_difference_with_a_unit_becomes_a_call() {
        check("SELECT (a - b) DAY, 1", "SELECT `MINUS_TIMES`(a - b,'DAY'), 1");
        check("WHERE (f(a, -1)-b)DAY(3) TO SECOND(3)>c", "WHERE `MINUS_TIMES`(f(a, -1)-b,'DAY')>c");
        check(
            "((a - b) Month + (c - d) year)",
            "(`MINUS_TIMES`(a - b,'MONTH') + `MINUS_TIMES`(c - d,'YEAR'))",
        );
    }

    #[test]
    fn all_else_stays_what_it_is() {
        for text in [
            "f(a - b) DAY",
            "(a + b) DAY",
            "(f(a - b)) DAY",
            "(a - b) AS DAY",
            "(a - b) `DAY`",
            "INTERVAL (1 - 2) DAY",
            "(a - b) TO DAY",
            "(a - b)",
        ] {
            check(text, text);
        }
    }
}
