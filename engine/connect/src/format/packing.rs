//! Files of text that are compressed as a whole: the ends of their names say how.

use std::path::Path;

use super::Format;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Gzip,
    Zstd,
}

impl Packing {
    /// Of a file, if it is compressed. Formats of columns compress by themselves.
    pub(crate) fn of(format: &Format, path: &Path) -> Option<Self> {
        if !matches!(format, Format::Text | Format::Csv(_) | Format::Json(_)) {
            return None;
        }
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "gz" | "gzip" => Some(Self::Gzip),
            "zst" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// What errors call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}
