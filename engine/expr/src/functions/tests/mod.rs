//! Functions: each example, and tables of what is at the edges, by topic. Expected values are those of Flink's documentation
//! and of Java.

mod json;
mod lists;
mod numbers;
mod parts;
mod reader;
mod text;
mod times;

use super::functions;
use reader::value_of;

#[test]
fn every_function_does_what_its_example_says() {
    for (_, function) in functions() {
        let (call, expected) = function.example;
        let value = value_of(call).unwrap_or_else(|error| panic!("{call}: {error}"));
        let value = value.unwrap_or_else(|| "NULL".to_owned());
        assert_eq!(value.to_lowercase(), expected.to_lowercase(), "{call}");
    }
}

#[test]
fn no_two_functions_have_one_name() {
    let mut names: Vec<&str> =
        functions().flat_map(|(_, function)| [&[function.name], function.aliases].concat()).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}
