//! Calls of SQL's JSON functions, whose arguments have words behind them.
//!
//! ```text
//!   JSON_VALUE(x, p RETURNING INT DEFAULT 0 ON EMPTY)  ─►  JSON_VALUE(x, p, 'INT', 'DEFAULT', 'NULL', 0)
//!   JSON_QUERY(x, p WITH ARRAY WRAPPER)                ─►  JSON_QUERY(x, p, 'STRING', 'UNCONDITIONAL')
//!   JSON_OBJECT(KEY k VALUE v ABSENT ON NULL)          ─►  JSON_OBJECT_ABSENT_ON_NULL(k, v)
//! ```
//!
//! JSON within JSON is not quoted: what another one of these makes goes through `JSON`.

use datafusion_sql::sqlparser::ast::{Expr, Value};
use datafusion_sql::sqlparser::keywords::Keyword;
use datafusion_sql::sqlparser::parser::{Parser, ParserError};
use datafusion_sql::sqlparser::tokenizer::Token;

use super::{call, text};
use crate::dialect::{is_word, take_words};
use crate::type_syntax::parse_type;

type Parsed<T> = Result<T, ParserError>;

/// A call of one of them.
pub(super) fn prefix(parser: &mut Parser, name: &str) -> Option<Parsed<Expr>> {
    let parse: fn(&mut Parser) -> Parsed<Expr> = match name {
        "JSON_EXISTS" => exists,
        "JSON_VALUE" => value,
        "JSON_QUERY" => query,
        "JSON_OBJECT" => |parser| object(parser, ["JSON_OBJECT", "JSON_OBJECT_ABSENT_ON_NULL"]),
        "JSON_OBJECTAGG" => |parser| object(parser, ["JSON_OBJECTAGG", "JSON_OBJECTAGG_ABSENT_ON_NULL"]),
        "JSON_ARRAY" => |parser| array(parser, ["JSON_ARRAY_NULL_ON_NULL", "JSON_ARRAY"]),
        "JSON_ARRAYAGG" => |parser| array(parser, ["JSON_ARRAYAGG_NULL_ON_NULL", "JSON_ARRAYAGG"]),
        _ => return None,
    };
    parser.next_token();
    parser.next_token();
    Some(parse(parser).and_then(|call| {
        parser.expect_token(&Token::RParen)?;
        filtered(parser, call)
    }))
}

/// `… FILTER (WHERE …)` behind a call.
fn filtered(parser: &mut Parser, mut call: Expr) -> Parsed<Expr> {
    if is_word(parser, 0, "FILTER") && parser.peek_nth_token(1).token == Token::LParen {
        (0..2).for_each(|_| drop(parser.next_token()));
        parser.expect_keyword_is(Keyword::WHERE)?;
        let condition = parser.parse_expr()?;
        parser.expect_token(&Token::RParen)?;
        if let Expr::Function(function) = &mut call {
            function.filter = Some(Box::new(condition));
        }
    }
    Ok(call)
}

/// The text and the path, and other arguments without words between them.
fn arguments(parser: &mut Parser) -> Parsed<Vec<Expr>> {
    parser.parse_comma_separated(Parser::parse_expr)
}

/// `NULL ON EMPTY`: which of these it is, if it is one.
fn on<'a>(parser: &mut Parser, what: &str, among: &[&'a str]) -> Option<&'a str> {
    among.iter().copied().find(|words| {
        let mut all: Vec<&str> = words.split(' ').collect();
        all.extend(["ON", what]);
        take_words(parser, &all)
    })
}

fn exists(parser: &mut Parser) -> Parsed<Expr> {
    let mut arguments = arguments(parser)?;
    arguments.extend(on(parser, "ERROR", &["TRUE", "FALSE", "UNKNOWN", "ERROR"]).map(text));
    Ok(call("JSON_EXISTS", arguments))
}

/// `RETURNING t`, as the name of a type.
fn returning(parser: &mut Parser) -> Parsed<Option<String>> {
    match take_words(parser, &["RETURNING"]) {
        true => Ok(Some(parse_type(parser)?.0.to_string())),
        false => Ok(None),
    }
}

fn value(parser: &mut Parser) -> Parsed<Expr> {
    let mut arguments = arguments(parser)?;
    let returned = returning(parser)?;
    let null = || Expr::value(Value::Null);
    let (mut words, mut defaults) = (["NULL"; 2], [null(), null()]);
    let (mut is_said, mut has_default) = (returned.is_some(), false);
    for (place, what) in ["EMPTY", "ERROR"].into_iter().enumerate() {
        if let Some(found) = on(parser, what, &["NULL", "ERROR"]) {
            (words[place], is_said) = (found, true);
        } else if take_words(parser, &["DEFAULT"]) {
            let default = parser.parse_expr()?;
            // A default of nothing said which one it is for: `DEFAULT 1 ON ERROR` alone is one for errors.
            let place = if place == 0 && take_words(parser, &["ON", "ERROR"]) {
                1
            } else {
                parser.expect_keyword_is(Keyword::ON)?;
                if !take_words(parser, &[what]) {
                    let next = parser.peek_token();
                    return parser.expected("EMPTY or ERROR", next);
                }
                place
            };
            words[place] = "DEFAULT";
            defaults[place] = default;
            (is_said, has_default) = (true, true);
        }
    }
    if is_said {
        arguments.push(text(returned.as_deref().unwrap_or("STRING")));
        arguments.extend(words.map(text));
    }
    if has_default {
        arguments.extend(defaults);
    }
    Ok(call("JSON_VALUE", arguments))
}

fn query(parser: &mut Parser) -> Parsed<Expr> {
    let mut arguments = arguments(parser)?;
    let returned = returning(parser)?;
    let wrappers = [
        ("WITHOUT", "WITHOUT"),
        ("WITH CONDITIONAL", "CONDITIONAL"),
        ("WITH UNCONDITIONAL", "UNCONDITIONAL"),
        ("WITH", "UNCONDITIONAL"),
    ];
    let wrapper = wrappers.into_iter().find(|(words, _)| {
        ["ARRAY WRAPPER", "WRAPPER"].iter().any(|end| {
            let all: Vec<&str> = words.split(' ').chain(end.split(' ')).collect();
            take_words(parser, &all)
        })
    });
    let among = ["NULL", "EMPTY ARRAY", "EMPTY OBJECT", "ERROR"];
    // In either order.
    let on_empty = on(parser, "EMPTY", &among);
    let on_error = on(parser, "ERROR", &among);
    let on_empty = on_empty.or_else(|| on(parser, "EMPTY", &among));
    if returned.is_some() || wrapper.is_some() || on_empty.is_some() || on_error.is_some() {
        arguments.push(text(returned.as_deref().unwrap_or("STRING")));
        arguments.push(text(wrapper.map_or("WITHOUT", |(_, wrapper)| wrapper)));
        arguments.extend([on_empty, on_error].map(|words| text(words.unwrap_or("NULL"))));
    }
    Ok(call("JSON_QUERY", arguments))
}

/// `KEY k VALUE v, …`, or keys and values with commas between them; the names are those of the call with nulls and without.
fn object(parser: &mut Parser, [with_nulls, without]: [&str; 2]) -> Parsed<Expr> {
    let mut arguments = Vec::new();
    while !ends(parser) {
        let names_key = is_word(parser, 0, "KEY")
            && !is_word(parser, 1, "VALUE")
            && !matches!(parser.peek_nth_token(1).token, Token::Comma | Token::Period | Token::RParen);
        if names_key {
            parser.next_token();
        }
        arguments.push(parser.parse_expr()?);
        if take_words(parser, &["VALUE"]) {
            let value = parser.parse_expr()?;
            arguments.push(unquoted(value));
        }
        if !parser.consume_token(&Token::Comma) {
            break;
        }
    }
    let name = if on(parser, "NULL", &["ABSENT"]).is_some() { without } else { with_nulls };
    on(parser, "NULL", &["NULL"]);
    Ok(call(name, arguments))
}

fn array(parser: &mut Parser, [with_nulls, without]: [&str; 2]) -> Parsed<Expr> {
    let values = match ends(parser) {
        true => Vec::new(),
        false => arguments(parser)?,
    };
    let name = if on(parser, "NULL", &["NULL"]).is_some() { with_nulls } else { without };
    on(parser, "NULL", &["ABSENT"]);
    Ok(call(name, values.into_iter().map(unquoted).collect()))
}

/// Whether there is no value any more.
fn ends(parser: &Parser) -> bool {
    let is_null = ["NULL", "ABSENT"].iter().any(|word| is_word(parser, 0, word));
    parser.peek_token().token == Token::RParen
        || is_null && is_word(parser, 1, "ON") && is_word(parser, 2, "NULL")
}

/// A value of JSON that is JSON itself.
fn unquoted(value: Expr) -> Expr {
    let is_json = match &value {
        Expr::Function(function) => {
            let name = function.name.to_string();
            ["`JSON_OBJECT", "`JSON_ARRAY"].iter().any(|made| name.starts_with(made))
        }
        _ => false,
    };
    if is_json { call("JSON", vec![value]) } else { value }
}
