//! Functions of how letters, bytes and numbers are written: numbers of letters, character sets, base 64, base 16, base 2.

use std::fmt::Write;

use arrow_array::types::{Int32Type, Int64Type};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::arguments::{Arguments, Meaning};
use super::{Answer, BYTES, Function, Kind, LONG, Site, TEXT, TRUTH, Takes, WHOLE, function};
use crate::error::ExprError;

const OCTETS: Takes = Takes::These(&[Kind::Octets], 0);

/// All of them.
pub(super) const ALL: &[Function] = &[
    function!("ASCII", Takes::These(&[Kind::Text], 0) => WHOLE, "The number of the first letter.",
    "ASCII('A')" = "65", |a: &Arguments| {
        let text = a.text(0);
        a.each::<Int32Type>(|row| Ok(text.at(row).map(|text| text.bytes().next().map_or(0, i32::from))))
    }),
    function!("CHR", Takes::These(&[Kind::Long], 0) => TEXT,
    "The letter of a number, of which the last eight bits count; nothing for one below zero.",
    "CHR(97)" = "a", |a: &Arguments| {
        let number = a.long(0);
        a.texts(|row, out| Ok(number.at(row).map(|number| {
            out.extend(u8::try_from(number & 255).ok().filter(|_| number >= 0).map(char::from));
        })))
    }),
    function!("TO_BASE64", OCTETS => TEXT, "The bytes of a text in base 64.",
    "TO_BASE64('hello world')" = "aGVsbG8gd29ybGQ=", |a: &Arguments| {
        let bytes = a.octets(0);
        a.texts(|row, out| Ok(bytes.at(row).map(|bytes| STANDARD.encode_string(bytes, out))))
    }),
    function!("FROM_BASE64", OCTETS => TEXT, "The text that is written in base 64.",
        "FROM_BASE64('5L2g5aW9')" = "你好", from_base64),
    function!("ENCODE", Takes::These(&[Kind::Text, Kind::Text], 0) => BYTES,
    "The bytes of a text in US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE or UTF-16.",
    "HEX(ENCODE('aé', 'UTF-16BE'))" = "006100E9", with charset, |charset: &Meaning<Charset>, a: &Arguments| {
        let text = a.text(0);
        a.bytes(|row, out| match text.at(row) {
            None => Ok(None),
            Some(text) => charset.at(a, row, |charset| { charset.encode(text, out); Ok(Some(())) }),
        })
    }),
    function!("DECODE", Takes::These(&[Kind::Octets, Kind::Text], 0) => TEXT,
    "The text of bytes in one of these character sets.",
    "DECODE(ENCODE('中国', 'UTF-16LE'), 'UTF-16LE')" = "中国",
    with charset, |charset: &Meaning<Charset>, a: &Arguments| {
        let bytes = a.octets(0);
        a.texts(|row, out| match bytes.at(row) {
            None => Ok(None),
            Some(bytes) => charset.at(a, row, |charset| { charset.decode(bytes, out); Ok(Some(())) }),
        })
    }),
    function!("HEX", Takes::By("STRING, BYTES or BIGINT", hex_types) => TEXT,
        "A whole number, or the bytes of a text, in base 16.",
        "HEX('hello,world')" = "68656C6C6F2C776F726C64", hex),
    function!("UNHEX", Takes::These(&[Kind::Text], 0) => BYTES,
        "The bytes that are written in base 16; null if they are not.",
        "DECODE(UNHEX('466C696E6B'), 'UTF-8')" = "Flink", unhex),
    function!("BIN", Takes::These(&[Kind::Long], 0) => TEXT, "A whole number in base 2.", "BIN(12)" = "1100", |a: &Arguments| {
        let number = a.long(0);
        a.texts(|row, out| Ok(number.at(row).map(|number| { let _ = write!(out, "{number:b}"); })))
    }),
    function!("IS_VALID_UTF8", Takes::These(&[Kind::Bytes], 0) => TRUTH, "Whether bytes are UTF-8.",
    "IS_VALID_UTF8(UNHEX('C328'))" = "false", |a: &Arguments| {
        let bytes = a.octets(0);
        a.truths(|row| Ok(bytes.at(row).map(|bytes| std::str::from_utf8(bytes).is_ok())))
    }),
    function!("MAKE_VALID_UTF8", Takes::These(&[Kind::Bytes], 0) => TEXT,
    "Bytes as UTF-8, with U+FFFD for what is none.",
    "MAKE_VALID_UTF8(UNHEX('61FF62'))" = "a\u{fffd}b", |a: &Arguments| {
        let bytes = a.octets(0);
        a.texts(|row, out| Ok(bytes.at(row).map(|bytes| out.push_str(&String::from_utf8_lossy(bytes)))))
    }),
    function!("FIT_BYTES", Takes::These(&[Kind::Octets, Kind::Whole, Kind::Truth], 1) => BYTES,
    "So many bytes at most, and with TRUE not fewer, but zeros: what CAST(b AS BINARY(n)) calls.",
    "HEX(FIT_BYTES(UNHEX('0102'), 3, TRUE))" = "010200", fit_bytes),
    function!("INET_ATON", Takes::These(&[Kind::Text], 0) => LONG,
        "The number of an IPv4 address; null if it is none.",
        "INET_ATON('127.0.0.1')" = "2130706433", inet_aton),
    function!("INET_NTOA", Takes::These(&[Kind::Long], 0) => TEXT,
        "The IPv4 address of a number; null if it has none.",
    "INET_NTOA(2130706433)" = "127.0.0.1", |a: &Arguments| {
        let number = a.long(0);
        a.texts(|row, out| Ok((|| {
            let address = std::net::Ipv4Addr::from(u32::try_from(number.at(row)?).ok()?);
            write!(out, "{address}").ok()
        })()))
    }),
];

fn fit_bytes(a: &Arguments) -> Answer {
    let (bytes, length, is_filled) = (a.octets(0), a.whole(1), a.truth_if(2));
    a.bytes(|row, out| {
        let is_filled = is_filled.as_ref().map_or(Some(false), |filled| filled.at(row));
        let (Some(bytes), Some(length), Some(is_filled)) = (bytes.at(row), length.at(row), is_filled) else {
            return Ok(None);
        };
        let length = usize::try_from(length).unwrap_or(0);
        out.extend(bytes.iter().take(length));
        if is_filled {
            out.resize(length, 0);
        }
        Ok(Some(()))
    })
}

fn from_base64(a: &Arguments) -> Answer {
    let (bytes, mut decoded) = (a.octets(0), Vec::new());
    a.texts(|row, out| {
        let Some(bytes) = bytes.at(row) else { return Ok(None) };
        decoded.clear();
        if let Err(error) = STANDARD.decode_vec(bytes, &mut decoded) {
            let text = String::from_utf8_lossy(bytes);
            return Err(ExprError::Value(format!("'{text}' is not written in base 64: {error}")));
        }
        out.push_str(&String::from_utf8_lossy(&decoded));
        Ok(Some(()))
    })
}

/// How letters are bytes.
enum Charset {
    Ascii,
    Latin,
    Utf8,
    BigEndian,
    LittleEndian,
    /// By the mark at the beginning; big-endian with one, when written.
    Marked,
}

fn charset(site: &Site) -> Result<Meaning<Charset>, ExprError> {
    Meaning::of(site, 1, |name| {
        Ok(match name.to_ascii_uppercase().as_str() {
            "US-ASCII" | "ASCII" => Charset::Ascii,
            "ISO-8859-1" | "LATIN1" => Charset::Latin,
            "UTF-8" | "UTF8" => Charset::Utf8,
            "UTF-16BE" => Charset::BigEndian,
            "UTF-16LE" => Charset::LittleEndian,
            "UTF-16" => Charset::Marked,
            _ => {
                let sets = "US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE and UTF-16";
                return Err(ExprError::Value(format!(
                    "there is no character set '{name}'; there are {sets}"
                )));
            }
        })
    })
}

impl Charset {
    fn encode(&self, text: &str, out: &mut Vec<u8>) {
        let narrow = |most: u32| {
            text.chars().map(move |letter| {
                u8::try_from(u32::from(letter)).ok().filter(|byte| u32::from(*byte) <= most).unwrap_or(b'?')
            })
        };
        match self {
            Self::Ascii => out.extend(narrow(127)),
            Self::Latin => out.extend(narrow(255)),
            Self::Utf8 => out.extend_from_slice(text.as_bytes()),
            Self::BigEndian => out.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
            Self::LittleEndian => out.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
            Self::Marked => {
                out.extend([0xfe, 0xff]);
                out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
            }
        }
    }

    fn decode(&self, bytes: &[u8], out: &mut String) {
        let mut wide = |bytes: &[u8], of: fn([u8; 2]) -> u16| {
            let units = bytes.chunks(2).map(|pair| match *pair {
                [one, other] => of([one, other]),
                _ => 0xfffd,
            });
            out.extend(char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)));
        };
        match (self, bytes) {
            (Self::Ascii, _) => out.extend(bytes.iter().map(|byte| match byte.is_ascii() {
                true => char::from(*byte),
                false => char::REPLACEMENT_CHARACTER,
            })),
            (Self::Latin, _) => out.extend(bytes.iter().copied().map(char::from)),
            (Self::Utf8, _) => out.push_str(&String::from_utf8_lossy(bytes)),
            (Self::Marked, [0xff, 0xfe, rest @ ..]) | (Self::LittleEndian, rest) => {
                wide(rest, u16::from_le_bytes)
            }
            (Self::Marked, [0xfe, 0xff, rest @ ..]) | (Self::BigEndian | Self::Marked, rest) => {
                wide(rest, u16::from_be_bytes);
            }
        }
    }
}

fn hex_types(types: &[arrow_schema::DataType]) -> Option<Vec<arrow_schema::DataType>> {
    let [of] = types else { return None };
    let kind = [Kind::Octets, Kind::Long].into_iter().find(|kind| kind.takes(of))?;
    Some(vec![kind.data_type(of)])
}

fn hex(a: &Arguments) -> Answer {
    if *a.array(0).0.data_type() == arrow_schema::DataType::Int64 {
        let number = a.long(0);
        return a.texts(|row, out| {
            Ok(number.at(row).map(|number| {
                let _ = write!(out, "{number:X}");
            }))
        });
    }
    let bytes = a.octets(0);
    a.texts(|row, out| {
        Ok(bytes.at(row).map(|bytes| {
            out.extend(
                bytes
                    .iter()
                    .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]),
            );
        }))
    })
}

const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];

/// Of an odd number of digits the first one counts for nothing, and its byte is zero: so it is in Flink.
fn unhex(a: &Arguments) -> Answer {
    let text = a.text(0);
    a.bytes(|row, out| {
        Ok((|| {
            let digits = text.at(row)?.as_bytes();
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            let (odd, pairs) = digits.split_at(digits.len() % 2);
            for first in odd {
                digit(*first)?;
                out.push(0);
            }
            for pair in pairs.chunks_exact(2) {
                out.push(digit(pair[0])? << 4 | digit(pair[1])?);
            }
            Some(())
        })())
    })
}

/// The last of fewer than four numbers fills what is left.
fn inet_aton(a: &Arguments) -> Answer {
    let text = a.text(0);
    a.each::<Int64Type>(|row| {
        Ok((|| {
            let parts: Vec<&str> = text.at(row)?.split('.').collect();
            let number = |part: &&str| {
                part.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
                part.parse::<u32>().ok()
            };
            let numbers = parts.iter().map(number).collect::<Option<Vec<u32>>>()?;
            let (last, first) = numbers.split_last().filter(|(_, first)| first.len() < 4)?;
            let bits_left = 8 * (4 - first.len());
            let fits = bits_left == 32 || *last < 1 << bits_left;
            let first = first
                .iter()
                .try_fold(0_i64, |all, part| (*part < 256).then_some(all << 8 | i64::from(*part)))?;
            fits.then_some(first << bits_left | i64::from(*last))
        })())
    })
}
