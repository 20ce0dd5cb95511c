//! Every operator is on trial: a test of its crate makes one and says what must come out of it.

use std::collections::BTreeSet;

use crate::checkout;

const HOME: &str = "engine/operators/src/";

#[test]
fn every_operator_is_on_trial() {
    let files = checkout::files(".rs");
    let own = |is_test: bool| {
        let files = files.iter().filter(|file| file.path.starts_with(HOME));
        let texts = files.filter(move |file| is_test_file(&file.path) == is_test);
        texts.map(|file| file.text.as_str()).collect::<Vec<_>>().join("\n")
    };
    let (code, tests) = (own(false), own(true));
    let operators = operators_of(&code);
    assert!(operators.len() > 25, "{operators:?}");
    assert_eq!(not_on_trial(&operators, &tests), [""; 0], "operators that no test of their crate makes");
}

fn is_test_file(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// What implements the contract.
fn operators_of(code: &str) -> BTreeSet<&str> {
    // A generic implementation has the trait behind its bounds.
    let lines = code.lines().filter(|line| line.starts_with("impl"));
    let names =
        lines.filter_map(|line| line.split_once(" Operator for ").or(line.split_once("> Operator for ")));
    names.map(|(_, rest)| rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()).collect()
}

fn not_on_trial<'a>(operators: &BTreeSet<&'a str>, tests: &str) -> Vec<&'a str> {
    let is_made = |name: &str| {
        let made = format!("{name}::new(");
        tests.match_indices(&made).any(|(at, _)| !tests[..at].ends_with(|c: char| c.is_alphanumeric()))
    };
    operators.iter().copied().filter(|name| !is_made(name)).collect()
}

#[test]
fn an_operator_without_a_trial_is_found() {
    let code = "impl Operator for Map {\nimpl<F: Fn(u8)> Operator for FlatMap<F> {\nimpl Sink for Print {\n";
    let operators = operators_of(code);
    assert_eq!(operators, BTreeSet::from(["Map", "FlatMap"]));
    assert_eq!(not_on_trial(&operators, "Box::new(FlatMap::new(layout))"), ["Map"]);
    assert_eq!(not_on_trial(&operators, "Map::new(x) FlatMap::new(x)"), [""; 0]);
}
