//! What was understood of a struct, or why it cannot be a row.

use std::collections::HashMap;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Data, DeriveInput, Error, Field, Fields, Generics, Ident, Index, LitStr, Member, Path, Result, Type,
};

use crate::attribute;

/// A struct that can be a row.
pub(crate) struct Row {
    pub(crate) name: Ident,
    /// Whether its fields have names.
    pub(crate) named: bool,
    pub(crate) columns: Vec<Column>,
    /// The crate `record`, if the struct says where it is.
    pub(crate) home: Option<Path>,
}

/// One of its fields.
pub(crate) struct Column {
    pub(crate) member: Member,
    pub(crate) data_type: Type,
    pub(crate) name: LitStr,
}

impl Row {
    pub(crate) fn of(input: &DeriveInput) -> Result<Self> {
        let fields = match &input.data {
            Data::Struct(data) => &data.fields,
            Data::Enum(data) => {
                return Err(Error::new(
                    data.enum_token.span,
                    "an enum cannot be a row: its variants would need different columns; take a struct, \
                     with an Option for what only some variants have",
                ));
            }
            Data::Union(data) => {
                return Err(Error::new(
                    data.union_token.span,
                    "a union cannot be a row: nobody knows which field it has; take a struct",
                ));
            }
        };
        refuse_generics(&input.generics)?;
        let home = attribute::home(&input.attrs)?;
        let columns = all(fields.iter().enumerate().map(|(at, field)| Column::of(at, field)))?;
        all(columns.iter().map(|column| refuse_itself(&input.ident, column)))?;
        refuse_same_names(&columns)?;
        Ok(Self { name: input.ident.clone(), named: !matches!(fields, Fields::Unnamed(_)), columns, home })
    }
}

impl Column {
    fn of(at: usize, field: &Field) -> Result<Self> {
        let (member, name) = match &field.ident {
            Some(ident) => (ident.clone().into(), LitStr::new(&ident.unraw().to_string(), ident.span())),
            None => (Index::from(at).into(), LitStr::new(&format!("f{at}"), field.ty.span())),
        };
        let name = attribute::rename(&field.attrs)?.unwrap_or(name);
        Ok(Self { member, data_type: field.ty.clone(), name })
    }
}

fn refuse_generics(generics: &Generics) -> Result<()> {
    match generics.params.first() {
        None => Ok(()),
        Some(parameter) => Err(Error::new(
            parameter.span(),
            "a row has no parameters: its columns are known when it is written; give the fields their types",
        )),
    }
}

/// The compiler would find that the types have no end, and not say where.
fn refuse_itself(row: &Ident, column: &Column) -> Result<()> {
    match named_in(column.data_type.to_token_stream(), row) {
        None => Ok(()),
        Some(span) => Err(Error::new(
            span,
            "a row cannot hold rows of its own type: its columns would have no end; hold what tells which row it is",
        )),
    }
}

/// Where a type names this one. Behind a path the same name is that of another type.
fn named_in(data_type: TokenStream, row: &Ident) -> Option<Span> {
    let mut in_path = false;
    for token in data_type {
        let found = match &token {
            TokenTree::Group(group) => named_in(group.stream(), row),
            TokenTree::Ident(ident) if !in_path && (ident == row || ident == "Self") => Some(ident.span()),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
        in_path = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':');
    }
    None
}

fn refuse_same_names(columns: &[Column]) -> Result<()> {
    let mut seen: HashMap<String, Span> = HashMap::new();
    let again = |column: &Column| {
        seen.insert(column.name.value(), column.name.span()).map(|_| {
            let name = column.name.value();
            Err(Error::new(column.name.span(), format!("two columns would be called `{name}`; rename one")))
        })
    };
    all(columns.iter().filter_map(again)).map(|_: Vec<()>| ())
}

/// All of them, or everything that is wrong with them.
fn all<T>(results: impl Iterator<Item = Result<T>>) -> Result<Vec<T>> {
    let mut good = Vec::new();
    let mut wrong: Option<Error> = None;
    for result in results {
        match (result, &mut wrong) {
            (Ok(value), _) => good.push(value),
            (Err(error), Some(wrong)) => wrong.combine(error),
            (Err(error), none) => *none = Some(error),
        }
    }
    wrong.map_or(Ok(good), Err)
}

#[cfg(test)]
mod tests {
    use syn::parse_str;

    use super::*;

    fn refused(text: &str) -> String {
        let wrong = Row::of(&parse_str(text).unwrap()).err().expect("it was understood");
        wrong.into_iter().map(|error| error.to_string()).collect::<Vec<_>>().join("\n")
    }

    fn names(text: &str) -> Vec<String> {
        let row = Row::of(&parse_str(text).unwrap()).unwrap();
        row.columns.iter().map(|column| column.name.value()).collect()
    }

    #[test]
    fn columns_are_named_as_fields_are() {
        assert_eq!(names("struct A { a: u8, r#type: u8 }"), ["a", "type"]);
        assert_eq!(names("struct A(u8, u8);"), ["f0", "f1"]);
        assert_eq!(names("struct A(u8, #[record(rename = \"x y\")] u8);"), ["f0", "x y"]);
        assert_eq!(
            names("struct A { #[record(rename = \"b\")] a: u8, #[record(rename = \"a\")] b: u8 }"),
            ["b", "a"]
        );
        assert_eq!(names("struct A(b::A, Aa);"), ["f0", "f1"]);
        assert_eq!(names("struct A;"), [""; 0]);
        assert_eq!(names("#[derive(Clone)] #[doc = \"x\"] struct A { #[doc = \"x\"] a: u8 }"), ["a"]);
    }

    #[test]
    fn what_cannot_be_a_row_is_told_why() {
        for (text, expect) in [
            (
                "enum A { B, C }",
                "an enum cannot be a row: its variants would need different columns; take a struct, with an \
                 Option for what only some variants have",
            ),
            ("union A { a: u8 }", "a union cannot be a row: nobody knows which field it has; take a struct"),
            (
                "struct A<T> { a: T }",
                "a row has no parameters: its columns are known when it is written; give the fields their types",
            ),
            (
                "struct A<'a> { a: &'a str }",
                "a row has no parameters: its columns are known when it is written; give the fields their types",
            ),
            (
                "struct A { a: u8, #[record(rename = \"a\")] b: u8 }",
                "two columns would be called `a`; rename one",
            ),
            ("struct A(u8, #[record(rename = \"f0\")] u8);", "two columns would be called `f0`; rename one"),
            (
                "struct A { a: Option<Vec<(u8, A)>> }",
                "a row cannot hold rows of its own type: its columns would have no end; hold what tells which \
                 row it is",
            ),
            ("struct A { #[record(rename = \"\")] a: u8 }", "a column needs a name"),
            ("struct A { #[record(rename = 7)] a: u8 }", "expected string literal"),
            ("struct A { #[record(rename = \"b\", rename = \"c\")] a: u8 }", "a column has one name"),
            (
                "struct A { #[record(skip)] a: u8 }",
                "a field knows #[record(rename = \"…\")] and no other word",
            ),
            (
                "#[record(rename = \"b\")] struct A { a: u8 }",
                "a struct knows #[record(crate = \"…\")] and no other word; rename stands on a field",
            ),
            ("struct A { #[record()] a: u8 }", "this says nothing; take it away"),
        ] {
            assert_eq!(refused(text), expect, "{text}");
        }
    }

    #[test]
    fn all_fields_that_are_wrong_are_told_at_once() {
        let text = "struct A { #[record(rename = \"\")] a: u8, #[record(x)] b: u8 }";
        assert_eq!(refused(text).lines().count(), 2);
    }
}
