//! `VALUES 1, 2`: rows of one column without brackets, which sqlparser wants: they are put around them before it looks.

use datafusion_sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan, Word};

/// What ends rows that have no brackets, where it stands outside of all others.
const ENDS: [&str; 8] = ["ORDER", "LIMIT", "OFFSET", "FETCH", "UNION", "INTERSECT", "EXCEPT", "MINUS"];

/// The same with brackets around the rows of `VALUES`.
pub(crate) fn with_brackets(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let (mut out, mut rest) = (Vec::with_capacity(tokens.len()), tokens.into_iter().peekable());
    while let Some(token) = rest.next() {
        let begins = is_word(&token.token, "VALUES");
        out.push(token);
        if !begins {
            continue;
        }
        while let Some(blank) = rest.next_if(|next| matches!(next.token, Token::Whitespace(_))) {
            out.push(blank);
        }
        let is_bare = rest.peek().is_some_and(|next| match &next.token {
            Token::LParen | Token::EOF | Token::SemiColon | Token::Period => false,
            other => !is_word(other, "ROW"),
        });
        if !is_bare {
            continue;
        }
        let mut depth = 0_usize;
        out.push(bracket(Token::LParen, rest.peek()));
        while let Some(next) = rest.next_if(|next| depth > 0 || !ends(&next.token)) {
            match next.token {
                Token::LParen | Token::LBracket => depth += 1,
                Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
                Token::Comma if depth == 0 => {
                    out.push(bracket(Token::RParen, Some(&next)));
                    out.push(next);
                    out.push(bracket(Token::LParen, rest.peek()));
                    continue;
                }
                _ => {}
            }
            out.push(next);
        }
        // Behind the last token of all there is none whose place it could have.
        out.push(bracket(Token::RParen, rest.peek().or(out.last())));
    }
    out
}

/// A bracket at the place of this token.
fn bracket(token: Token, at: Option<&TokenWithSpan>) -> TokenWithSpan {
    TokenWithSpan { token, span: at.map_or_else(Span::empty, |at| at.span) }
}

fn ends(token: &Token) -> bool {
    matches!(token, Token::RParen | Token::SemiColon | Token::EOF)
        || ENDS.iter().any(|word| is_word(token, word))
}

fn is_word(token: &Token, wanted: &str) -> bool {
    matches!(token, Token::Word(Word { value, quote_style: None, .. }) if value.eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use datafusion_sql::sqlparser::tokenizer::Tokenizer;

    use super::*;
    use crate::dialect::FlinkDialect;

    fn check(text: &str, expected: &str) {
        let tokens = Tokenizer::new(&FlinkDialect, text).tokenize_with_location().unwrap();
        let tokens = with_brackets(tokens).into_iter().map(|token| token.token);
        let written: String =
            tokens.filter(|token| *token != Token::EOF).map(|token| token.to_string()).collect();
        assert_eq!(written, expected, "{text}");
    }

    #[test]
    fn rows_without_brackets_get_some() {
        check("VALUES 1, 2", "VALUES (1),( 2)");
        check(
            "SELECT * FROM (VALUES f(1, 2), a[3]) AS t(n)",
            "SELECT * FROM (VALUES (f(1, 2)),( a[3])) AS t(n)",
        );
        check("VALUES -1 ORDER BY 1; SELECT 1", "VALUES (-1 )ORDER BY 1; SELECT 1");
    }

    #[test]
    fn rows_with_brackets_stay_what_they_are() {
        for text in [
            "VALUES (1), (2)",
            "INSERT INTO t VALUES\n  (1, 'a')",
            "SELECT `VALUES` FROM t",
            "VALUES ROW(1, 2)",
            "VALUES",
        ] {
            check(text, text);
        }
    }
}
