//! What `#[record(…)]` says.

use syn::spanned::Spanned;
use syn::{Attribute, Error, LitStr, Path, Result};

const NAME: &str = "record";

/// The name that `#[record(rename = "…")]` gives to the column of a field.
pub(crate) fn rename(attributes: &[Attribute]) -> Result<Option<LitStr>> {
    let mut rename: Option<LitStr> = None;
    each_word(attributes, |word| {
        if !word.path.is_ident("rename") {
            return Err(word.error("a field knows #[record(rename = \"…\")] and no other word"));
        }
        let name: LitStr = word.value()?.parse()?;
        if name.value().is_empty() {
            return Err(Error::new(name.span(), "a column needs a name"));
        }
        match rename.replace(name) {
            Some(_) => Err(word.error("a column has one name")),
            None => Ok(()),
        }
    })?;
    Ok(rename)
}

/// The path that `#[record(crate = "…")]` on the struct gives to the crate `record`.
pub(crate) fn home(attributes: &[Attribute]) -> Result<Option<Path>> {
    let mut home: Option<Path> = None;
    each_word(attributes, |word| {
        if !word.path.is_ident("crate") {
            return Err(word.error(
                "a struct knows #[record(crate = \"…\")] and no other word; rename stands on a field",
            ));
        }
        let path: LitStr = word.value()?.parse()?;
        home = Some(path.parse()?);
        Ok(())
    })?;
    Ok(home)
}

fn each_word(
    attributes: &[Attribute],
    mut word: impl FnMut(syn::meta::ParseNestedMeta) -> Result<()>,
) -> Result<()> {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(NAME)) {
        let mut words = 0;
        attribute.parse_nested_meta(|meta| {
            words += 1;
            word(meta)
        })?;
        if words == 0 {
            return Err(Error::new(attribute.span(), "this says nothing; take it away"));
        }
    }
    Ok(())
}
