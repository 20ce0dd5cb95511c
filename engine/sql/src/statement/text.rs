//! Which part of a text was read: what is kept of it is what was written, and not what a parser has made of it.

use datafusion_sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan};

/// A text and the tokens in it.
pub(super) struct Text<'a> {
    text: &'a str,
    tokens: Vec<TokenWithSpan>,
}

impl<'a> Text<'a> {
    pub(super) fn new(text: &'a str, tokens: Vec<TokenWithSpan>) -> Self {
        Self { text, tokens }
    }

    /// What stands between two tokens, by their numbers, without spaces and comments around it.
    pub(super) fn between(&self, first: usize, end: usize) -> &'a str {
        let read = &self.tokens[first.min(self.tokens.len())..end.min(self.tokens.len())];
        let is_word = |token: &&TokenWithSpan| !matches!(token.token, Token::Whitespace(_) | Token::EOF);
        let (Some(first), Some(last)) = (read.iter().find(is_word), read.iter().rev().find(is_word)) else {
            return "";
        };
        &self.text[offset(self.text, first.span.start)..offset(self.text, last.span.end)]
    }
}

/// The byte of a text at which a place is, whose lines and letters are counted from 1.
pub(crate) fn offset(text: &str, place: Location) -> usize {
    let lines_before = usize::try_from(place.line.saturating_sub(1)).unwrap_or(usize::MAX);
    let begins = match lines_before.checked_sub(1) {
        None => 0,
        Some(nth) => text.match_indices('\n').nth(nth).map_or(text.len(), |(at, _)| at + 1),
    };
    let letters = usize::try_from(place.column.saturating_sub(1)).unwrap_or(usize::MAX);
    text[begins..].char_indices().nth(letters).map_or(text.len(), |(at, _)| begins + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_in_text_of_many_bytes_a_letter() {
        let text = "ä b\n→ x";
        for (line, column, rest) in [(1, 1, text), (1, 3, "b\n→ x"), (2, 1, "→ x"), (2, 3, "x"), (2, 4, "")]
        {
            assert_eq!(&text[offset(text, Location::new(line, column))..], rest);
        }
        assert_eq!(offset(text, Location::new(9, 9)), text.len());
    }
}
