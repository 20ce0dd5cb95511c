//! By which path the code reaches the crate `record`, from where the struct stands.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Error, Ident, Result};

use crate::row::Row;

/// A crate by which a struct may know `record`.
struct Door {
    /// The name of its package.
    package: &'static str,
    /// The name of its library: by this its dependents know it, unless they have given it another one.
    library: &'static str,
    /// Where in it `record` is.
    within: Option<&'static str>,
}

const DOORS: [Door; 2] = [
    Door { package: "millstream-record", library: "record", within: None },
    Door { package: "millstream-api", library: "millstream", within: Some("record") },
];

/// The path of `record`: what the struct says, or else what the manifest of its crate says.
pub(crate) fn path(row: &Row) -> Result<TokenStream> {
    if let Some(path) = &row.home {
        return Ok(path.to_token_stream());
    }
    let path = DOORS.iter().find_map(|door| Some(door.path(crate_name(door.package).ok()?)));
    path.ok_or_else(|| {
        Error::new(
            Span::call_site(),
            "the manifest of this crate names neither millstream-api nor millstream-record; add one of them, \
             or say where it is: #[record(crate = \"…\")]",
        )
    })
}

impl Door {
    fn path(&self, found: FoundCrate) -> TokenStream {
        let name = match found {
            // Also its tests and examples, which know it by the name of the library. In the library itself
            // there is an `extern crate self`.
            FoundCrate::Itself => self.library.to_owned(),
            // The name of the package, if no other was given; but the compiler goes by the library.
            FoundCrate::Name(name) if name == self.package.replace('-', "_") => self.library.to_owned(),
            FoundCrate::Name(name) => name,
        };
        let name = Ident::new(&name, Span::call_site());
        let within = self.within.map(|within| Ident::new(within, Span::call_site())).into_iter();
        quote!(::#name #(::#within)*)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(found: &FoundCrate) -> [String; 2] {
        DOORS.map(|door| door.path(found.clone()).to_string().replace(' ', ""))
    }

    #[test]
    fn a_door_has_the_name_that_the_manifest_gives_it_or_else_its_own() {
        let own = ["::record", "::millstream::record"];
        assert_eq!(paths(&FoundCrate::Itself), own);
        assert_eq!(paths(&FoundCrate::Name("flow".into())), ["::flow", "::flow::record"]);
        let [record, api] = DOORS.map(|door| FoundCrate::Name(door.package.replace('-', "_")));
        assert_eq!([&paths(&record)[0], &paths(&api)[1]], own);
    }
}
