//! `cargo x config-reference [--check]`: the page of all options, written from the catalogue or compared with
//! it.

use crate::Outcome;
use crate::page::{self, Page};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    page::run("config-reference", arguments, || {
        Ok(vec![Page { path: "docs/configuration.md".to_owned(), text: options::reference::render() }])
    })
}
