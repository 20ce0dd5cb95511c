//! Functions of URLs: their parts, and texts within them.

use super::arguments::Arguments;
use super::text::changed;
use super::{Answer, Function, Kind, TEXT, Takes, function};

/// All of them.
pub(super) const ALL: &[Function] = &[
    function!("URL_ENCODE", Takes::These(&[Kind::Text], 0) => TEXT,
        "As a form is sent: a blank is +, a byte is %XX.",
        "URL_ENCODE('https://a.b/ü x')" = "https%3A%2F%2Fa.b%2F%C3%BC+x", |a: &Arguments| changed(a, encoded)),
    function!("URL_DECODE", Takes::These(&[Kind::Text], 0) => TEXT,
        "The text that was sent so; null if it cannot be.",
        "URL_DECODE('https%3A%2F%2Fa.b%2F%C3%BC+x')" = "https://a.b/ü x", decode),
    function!("PARSE_URL", Takes::These(&[Kind::Text, Kind::Text, Kind::Text], 1) => TEXT,
        "A part of a URL: HOST, PATH, QUERY, REF, PROTOCOL, AUTHORITY, FILE or USERINFO, or the value of a key of its QUERY.",
        "PARSE_URL('http://facebook.com/path1/p.php?k1=v1&k2=v2#Ref1', 'QUERY', 'k2')" = "v2", parse),
];

fn encoded(text: &str, out: &mut String) {
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            b'.' | b'-' | b'*' | b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            other => {
                let digit =
                    |digit: u8| char::from_digit(u32::from(digit), 16).unwrap_or('0').to_ascii_uppercase();
                out.extend(['%', digit(other >> 4), digit(other & 15)]);
            }
        }
    }
}

fn decode(a: &Arguments) -> Answer {
    let (text, mut bytes) = (a.text(0), Vec::new());
    a.texts(|row, out| {
        let Some(text) = text.at(row) else { return Ok(None) };
        bytes.clear();
        let mut rest = text.as_bytes();
        while let [byte, behind @ ..] = rest {
            rest = behind;
            bytes.push(match (byte, behind) {
                (b'+', _) => b' ',
                (b'%', [one, other, behind @ ..]) => {
                    let digit =
                        |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                    let Some((one, other)) = digit(*one).zip(digit(*other)) else { return Ok(None) };
                    rest = behind;
                    one << 4 | other
                }
                (b'%', _) => return Ok(None),
                (byte, _) => *byte,
            });
        }
        out.push_str(&String::from_utf8_lossy(&bytes));
        Ok(Some(()))
    })
}

/// The parts of a URL.
struct Url<'a> {
    protocol: &'a str,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    reference: Option<&'a str>,
}

/// The protocols that there are. A URL of another one has no parts, as in Java.
const PROTOCOLS: [&str; 5] = ["http", "https", "ftp", "file", "jar"];

impl<'a> Url<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (protocol, rest) = text.split_once(':')?;
        PROTOCOLS.iter().find(|known| known.eq_ignore_ascii_case(protocol))?;
        let (rest, reference) = rest.split_once('#').map_or((rest, None), |(rest, part)| (rest, Some(part)));
        let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, part)| (rest, Some(part)));
        let (authority, path) = match rest.strip_prefix("//") {
            None => (None, rest),
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (Some(authority), path)
            }
        };
        if let Some((_, port)) = authority.and_then(|authority| host_of(authority).1.rsplit_once(':'))
            && !port.ends_with(']')
            && !port.is_empty()
        {
            port.parse::<u16>().ok()?;
        }
        Some(Self { protocol, authority, path, query, reference })
    }

    fn part(&self, name: &str, key: Option<&str>, out: &mut String) -> Option<()> {
        let part = match (name, key) {
            ("QUERY", Some(key)) => value_of(self.query?, key)?,
            (_, Some(_)) => return None,
            ("HOST", _) => {
                let host = host_of(self.authority?).1;
                match host.rfind(':').filter(|_| !host.ends_with(']')) {
                    Some(port) => &host[..port],
                    None => host,
                }
            }
            ("PATH", _) => self.path,
            ("QUERY", _) => self.query?,
            ("REF", _) => self.reference?,
            ("PROTOCOL", _) => {
                out.push_str(&self.protocol.to_ascii_lowercase());
                return Some(());
            }
            ("FILE", _) => {
                out.push_str(self.path);
                out.extend(self.query.map(|_| '?'));
                self.query.unwrap_or_default()
            }
            ("AUTHORITY", _) => self.authority?,
            ("USERINFO", _) => host_of(self.authority?).0?,
            _ => return None,
        };
        out.push_str(part);
        Some(())
    }
}

/// Who, and where.
fn host_of(authority: &str) -> (Option<&str>, &str) {
    authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host))
}

fn value_of<'a>(query: &'a str, key: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))
}

fn parse(a: &Arguments) -> Answer {
    let (url, part, key) = (a.text(0), a.text(1), a.text_if(2));
    a.texts(|row, out| {
        Ok((|| {
            let key = match key {
                None => None,
                Some(key) => Some(key.at(row)?),
            };
            Url::of(url.at(row)?)?.part(part.at(row)?, key, out)
        })())
    })
}
