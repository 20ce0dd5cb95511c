//! Hashes of texts and bytes, in base 16 with small letters.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::arguments::Arguments;
use super::{Answer, Function, Kind, TEXT, Takes, function};
use crate::error::ExprError;

const OCTETS: Takes = Takes::These(&[Kind::Octets], 0);

/// All of them.
pub(super) const ALL: &[Function] = &[
    function!("MD5", OCTETS => TEXT,
        "The MD5 hash.", "MD5('test')" = "098f6bcd4621d373cade4e832627b4f6", hashed::<Md5>),
    function!("SHA1", OCTETS => TEXT, "The SHA-1 hash.",
        "SHA1('test')" = "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3", hashed::<Sha1>),
    function!("SHA224", OCTETS => TEXT, "The SHA-224 hash.",
        "SHA224('test')" = "90a3ed9e32b2aaf4c61c410eb925426119e1a9dc53d4286ade99a809", hashed::<Sha224>),
    function!("SHA256", OCTETS => TEXT, "The SHA-256 hash.",
        "SHA256('test')" = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", hashed::<Sha256>),
    function!("SHA384", OCTETS => TEXT, "The SHA-384 hash.",
        "SHA384('test')" = "768412320f7b0aa5812fce428dc4706b3cae50e02a64caa16a782249bfe8efc4b7ef1ccb126255d196047dfedf17a0a9",
        hashed::<Sha384>),
    function!("SHA512", OCTETS => TEXT, "The SHA-512 hash.",
        "SHA512('test')" = "ee26b0dd4af7e749aa1a8ee3c10ae9923f618980772e473f8819a5d4940e0db27ac185f8a0e1d5f84f88bc887fd67b143732c304cc5fa9ad8e6f57f50028a8ff",
        hashed::<Sha512>),
    function!("SHA2", Takes::These(&[Kind::Octets, Kind::Whole], 0) => TEXT,
        "The SHA-2 hash of 224, 256, 384 or 512 bits.",
        "SHA2('test', 224)" = "90a3ed9e32b2aaf4c61c410eb925426119e1a9dc53d4286ade99a809", sha2),
];

fn push(hash: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |digit: u8| char::from(DIGITS[usize::from(digit)]);
    out.extend(hash.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
}

fn hashed<D: Digest>(a: &Arguments) -> Answer {
    let bytes = a.octets(0);
    a.texts(|row, out| Ok(bytes.at(row).map(|bytes| push(&D::digest(bytes), out))))
}

fn sha2(a: &Arguments) -> Answer {
    let (bytes, bits) = (a.octets(0), a.whole(1));
    a.texts(|row, out| {
        let Some((bytes, bits)) = bytes.at(row).zip(bits.at(row)) else { return Ok(None) };
        match bits {
            224 => push(&Sha224::digest(bytes), out),
            256 => push(&Sha256::digest(bytes), out),
            384 => push(&Sha384::digest(bytes), out),
            512 => push(&Sha512::digest(bytes), out),
            other => {
                return Err(ExprError::Value(format!("SHA2 makes 224, 256, 384 or 512 bits, not {other}")));
            }
        }
        Ok(Some(()))
    })
}
