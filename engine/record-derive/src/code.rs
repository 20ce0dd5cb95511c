//! The code for a row.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, LitStr, Member, Type};

use crate::row::Row;

/// What is put into the code.
struct Parts<'row> {
    /// The path of the crate `record`.
    home: &'row TokenStream,
    row: &'row Ident,
    /// The reader and the builder stand beside types that the user has named, and so have names that nobody gives.
    reader: Ident,
    builder: Ident,
    named: bool,
    members: Vec<&'row Member>,
    types: Vec<&'row Type>,
    names: Vec<&'row LitStr>,
    /// For each field, what reads it and what builds it. These stand where its type stands: there the compiler
    /// complains if they do not exist.
    readers: Vec<TokenStream>,
    builders: Vec<TokenStream>,
    /// For each field, its place in the reader and in the builder.
    slots: Vec<Ident>,
}

/// The code for `row`, which reaches the crate `record` by the path `home`.
pub(crate) fn of(row: &Row, home: &TokenStream) -> TokenStream {
    let columns = &row.columns;
    let of_types = |part: fn(&Type, &TokenStream) -> TokenStream| {
        columns.iter().map(|column| part(&column.data_type, home)).collect()
    };
    let parts = Parts {
        home,
        row: &row.name,
        reader: format_ident!("__RecordReaderOf{}", row.name),
        builder: format_ident!("__RecordBuilderOf{}", row.name),
        named: row.named,
        members: columns.iter().map(|column| &column.member).collect(),
        types: columns.iter().map(|column| &column.data_type).collect(),
        names: columns.iter().map(|column| &column.name).collect(),
        readers: of_types(
            |data_type, home| quote_spanned!(data_type.span()=> <#data_type as #home::Value>::Reader),
        ),
        builders: of_types(
            |data_type, home| quote_spanned!(data_type.span()=> <#data_type as #home::Value>::Builder),
        ),
        slots: (0..columns.len()).map(|at| format_ident!("column_{at}")).collect(),
    };
    let (contracts, reader, builder) = (parts.contracts(), parts.reader(), parts.builder());
    // A block of its own hides the types in it.
    quote! {
        #[doc(hidden)]
        const _: () = {
            #contracts
            #reader
            #builder
        };
    }
}

impl Parts<'_> {
    fn contracts(&self) -> TokenStream {
        let Self { home, row, reader, builder, named, types, names, .. } = self;
        quote! {
            #[automatically_derived]
            impl #home::Record for #row {
                const NAMED: bool = #named;

                fn fields() -> #home::derived::Fields {
                    #home::derived::fields([#(#home::derived::field::<#types>(#names)),*])
                }

                type Reader = #reader;
                type Builder = #builder;
            }

            #[automatically_derived]
            impl #home::Value for #row {
                const NULLABLE: bool = false;

                fn data_type() -> #home::derived::DataType {
                    #home::derived::DataType::Struct(<Self as #home::Record>::fields())
                }

                type Reader = #home::StructReader<Self>;
                type Builder = #home::StructBuilder<Self>;
            }
        }
    }

    fn reader(&self) -> TokenStream {
        let Self { home, row, reader, members, readers, types, names, slots, .. } = self;
        let count = slots.len();
        quote! {
            pub struct #reader {
                #(#slots: #readers,)*
            }

            #[automatically_derived]
            impl #home::RecordReader<#row> for #reader {
                fn open_where(
                    columns: &[#home::derived::ArrayRef],
                    asked: ::core::option::Option<&#home::derived::NullBuffer>,
                ) -> ::core::result::Result<Self, #home::Mismatch> {
                    #[allow(unused_mut, reason = "a row may have no columns")]
                    let mut columns = #home::derived::Columns::of::<#row>(columns, asked, #count)?;
                    ::core::result::Result::Ok(Self { #(#slots: columns.open::<#types>(#names)?,)* })
                }

                #[inline]
                fn get(&self, row: usize) -> #row {
                    #row { #(#members: #home::ValueReader::get(&self.#slots, row),)* }
                }
            }
        }
    }

    fn builder(&self) -> TokenStream {
        let Self { home, row, builder, members, builders, types, slots, .. } = self;
        quote! {
            #[derive(::core::default::Default)]
            pub struct #builder {
                rows: usize,
                #(#slots: #builders,)*
            }

            #[automatically_derived]
            impl #home::RecordBuilder<#row> for #builder {
                #[inline]
                fn push(&mut self, row: #row) {
                    self.rows += 1;
                    #(#home::ValueBuilder::push(&mut self.#slots, row.#members);)*
                }

                fn push_null(&mut self) {
                    self.rows += 1;
                    #(#home::ValueBuilder::<#types>::push_null(&mut self.#slots);)*
                }

                fn len(&self) -> usize {
                    self.rows
                }

                fn finish(&mut self) -> ::std::vec::Vec<#home::derived::ArrayRef> {
                    self.rows = 0;
                    ::std::vec![#(#home::ValueBuilder::<#types>::finish(&mut self.#slots)),*]
                }
            }
        }
    }
}
