//! The reference of SQL, a page after the other: a line with the path of the page between two NUL, then the page. `cargo x
//! sql-reference` reads it, which so need not be built with all of SQL.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "it is read by another program")]

fn main() {
    for (path, text) in sql::reference::pages() {
        print!("\0{path}\0{text}");
    }
}
