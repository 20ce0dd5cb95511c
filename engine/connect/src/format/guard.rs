//! Calls a decoder that is not ours with bytes that nobody has checked.
//!
//! Decoders of damaged files answer with an error, mostly. Where one panics instead, the user would read about an index
//! out of bounds and not which file is damaged; so a panic becomes an error here, as words.

use std::any::Any;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What the decoder says, whichever way it says it. After an error nothing that it has touched is used again.
pub(crate) fn guarded<T, E: Display>(decode: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(result) => result.map_err(|error| plain(&error.to_string())),
        Err(panic) => Err(format!("the decoder has lost its way: {}", words(panic.as_ref()))),
    }
}

/// What was said, without the name of the error's kind before it and on one line.
fn plain(words: &str) -> String {
    const KINDS: [&str; 10] = [
        "Arrow error: ",
        "Parquet error: ",
        "Parquet argument error: ",
        "Ipc error: ",
        "Parser error: ",
        "Csv error: ",
        "Json error: ",
        "Invalid argument error: ",
        "EOF: ",
        "External: ",
    ];
    let mut rest = words;
    while let Some(inner) = KINDS.iter().find_map(|kind| rest.strip_prefix(kind)) {
        rest = inner;
    }
    rest.lines().next().unwrap_or("no reason given").to_owned()
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no reason given".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_panics_become_words() {
        let error = guarded(|| Err::<(), _>("Parser error: Ipc error: no footer\nand more")).unwrap_err();
        assert_eq!(error, "no footer");
        let panic = guarded(|| -> Result<(), String> { panic!("index {}", 7) }).unwrap_err();
        assert_eq!(panic, "the decoder has lost its way: index 7");
    }
}
