//! Reads JSON: a value as a whole, or only what a path leads to.
//!
//! All of a text is read in any case, and told if it is no JSON; but what is not wanted takes no memory.

use std::borrow::Cow;

use super::value::Json;

/// How deep values lie within one another at most.
const DEPTH_MAX: usize = 500;

/// A step to a value within another one.
pub(super) enum Seek<'p> {
    Key(&'p str),
    Place(usize),
}

/// Where a value is in a text, or the number of the first step that leads nowhere.
type Sought = Result<std::ops::Range<usize>, usize>;

impl<'a> Json<'a> {
    /// Reads all of a text; what is wrong with it, otherwise.
    pub(super) fn of(text: &'a str) -> Result<Self, String> {
        all(text, Reader::value)
    }

    /// Reads only what these steps lead to; the number of the first one that leads nowhere, otherwise.
    pub(super) fn at(text: &'a str, steps: &[Seek<'_>]) -> Result<Result<Self, usize>, String> {
        Ok(match all(text, |reader| reader.seek(steps, 0))? {
            Ok(range) => Ok(Self::of(&text[range])?),
            Err(step) => Err(step),
        })
    }
}

fn all<'a, R>(text: &'a str, read: impl FnOnce(&mut Reader<'a>) -> Result<R, String>) -> Result<R, String> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    reader.blanks();
    let value = read(&mut reader)?;
    reader.blanks();
    match reader.at == text.len() {
        true => Ok(value),
        false => Err(reader.wrong("something stands behind the value")),
    }
}

/// What is left to be read.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn wrong(&self, what: &str) -> String {
        format!("{what}, at byte {}", self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, wanted: &str) -> bool {
        let is_there = self.text.as_bytes()[self.at..].starts_with(wanted.as_bytes());
        self.at += if is_there { wanted.len() } else { 0 };
        is_there
    }

    fn value(&mut self) -> Result<Json<'a>, String> {
        match self.peek() {
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number().map(Json::Number),
            Some(b'[') => {
                let mut elements = Vec::new();
                self.elements(|reader| {
                    elements.push(reader.value()?);
                    Ok(())
                })?;
                Ok(Json::Array(elements))
            }
            Some(b'{') => {
                let mut entries = Vec::new();
                self.entries(|reader, key| {
                    entries.push((key, reader.value()?));
                    Ok(())
                })?;
                Ok(Json::Object(entries))
            }
            Some(_) if self.take("true") => Ok(Json::Truth(true)),
            Some(_) if self.take("false") => Ok(Json::Truth(false)),
            Some(_) if self.take("null") => Ok(Json::Null),
            Some(_) => Err(self.wrong("no value begins so")),
            None => Err(self.wrong("a value is missing")),
        }
    }

    /// Reads a value that nobody wants.
    fn skip(&mut self) -> Result<(), String> {
        match self.peek() {
            Some(b'[') => self.elements(Self::skip),
            Some(b'{') => self.entries(|reader, _| reader.skip()),
            _ => self.value().map(|_| ()),
        }
    }

    /// Reads a value of which only what these steps lead to is wanted.
    fn seek(&mut self, steps: &[Seek<'_>], taken: usize) -> Result<Sought, String> {
        let (begin, mut found) = (self.at, Err(taken));
        match (steps.get(taken), self.peek()) {
            (None, _) => {
                self.skip()?;
                found = Ok(begin..self.at);
            }
            (Some(Seek::Key(wanted)), Some(b'{')) => self.entries(|reader, key| {
                // Of equal keys the last one counts.
                match key == *wanted {
                    true => found = reader.seek(steps, taken + 1)?,
                    false => reader.skip()?,
                }
                Ok(())
            })?,
            (Some(Seek::Place(wanted)), Some(b'[')) => {
                let mut place = 0;
                self.elements(|reader| {
                    match place == *wanted {
                        true => found = reader.seek(steps, taken + 1)?,
                        false => reader.skip()?,
                    }
                    place += 1;
                    Ok(())
                })?;
            }
            _ => self.skip()?,
        }
        Ok(found)
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.at += 1;
        self.depth += 1;
        match self.depth > DEPTH_MAX {
            true => Err(self.wrong("values lie too deep within one another")),
            false => Ok(()),
        }
    }

    /// Reads an array, and each element with `read`.
    fn elements(&mut self, mut read: impl FnMut(&mut Self) -> Result<(), String>) -> Result<(), String> {
        self.deeper()?;
        self.blanks();
        let mut is_over = self.take("]");
        while !is_over {
            self.blanks();
            read(self)?;
            self.blanks();
            is_over = self.take("]");
            if !is_over && !self.take(",") {
                return Err(self.wrong("an array goes on with ',' or ends with ']'"));
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads an object, and the value of each key with `read`.
    fn entries(
        &mut self,
        mut read: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), String>,
    ) -> Result<(), String> {
        self.deeper()?;
        self.blanks();
        let mut is_over = self.take("}");
        while !is_over {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.wrong("a key begins with '\"'"));
            }
            let key = self.string()?;
            self.blanks();
            if !self.take(":") {
                return Err(self.wrong("':' stands behind a key"));
            }
            self.blanks();
            read(self, key)?;
            self.blanks();
            is_over = self.take("}");
            if !is_over && !self.take(",") {
                return Err(self.wrong("an object goes on with ',' or ends with '}'"));
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn number(&mut self) -> Result<&'a str, String> {
        let begin = self.at;
        self.take("-");
        if !self.take("0") {
            self.digits()?;
        }
        if self.take(".") {
            self.digits()?;
        }
        if self.take("e") || self.take("E") {
            let _ = self.take("+") || self.take("-");
            self.digits()?;
        }
        match self.peek() {
            Some(b'0'..=b'9') => Err(self.wrong("no number has a zero in front")),
            _ => Ok(&self.text[begin..self.at]),
        }
    }

    fn digits(&mut self) -> Result<(), String> {
        let begin = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == begin { Err(self.wrong("a digit is missing")) } else { Ok(()) }
    }

    /// Borrowed, if there is nothing to unescape.
    fn string(&mut self) -> Result<Cow<'a, str>, String> {
        self.at += 1;
        let mut begin = self.at;
        let mut unescaped = String::new();
        loop {
            match self.peek() {
                None => return Err(self.wrong("a text does not end")),
                Some(b'"') => {
                    let rest = &self.text[begin..self.at];
                    self.at += 1;
                    if unescaped.is_empty() {
                        return Ok(Cow::Borrowed(rest));
                    }
                    unescaped.push_str(rest);
                    return Ok(Cow::Owned(unescaped));
                }
                Some(b'\\') => {
                    unescaped.push_str(&self.text[begin..self.at]);
                    self.at += 1;
                    let letter = self.escaped()?;
                    unescaped.push(letter);
                    begin = self.at;
                }
                Some(byte) if byte < b' ' => return Err(self.wrong("a control letter must be escaped")),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escaped(&mut self) -> Result<char, String> {
        let letter = self.peek().ok_or_else(|| self.wrong("a text does not end"))?;
        self.at += 1;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.hex()?;
                let mut rest = self.text[self.at..].chars();
                if (0xd800..0xdc00).contains(&unit) && rest.next() == Some('\\') && rest.next() == Some('u') {
                    let back = self.at;
                    self.at += 2;
                    let low = self.hex()?;
                    if (0xdc00..0xe000).contains(&low) {
                        let all = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                        return Ok(char::from_u32(all).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = back;
                }
                char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(self.wrong("there is no such escape")),
        })
    }

    fn hex(&mut self) -> Result<u32, String> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let unit = digits.and_then(|digits| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        let unit = unit.ok_or_else(|| self.wrong("four digits of base 16 are missing"))?;
        self.at += 4;
        Ok(unit)
    }
}
