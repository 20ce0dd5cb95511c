//! Files in, lines or faults out.

use proptest::prelude::*;

use super::*;

/// Each line of `expect` is `number name = value`.
fn check(text: &str, expect: &[&str]) {
    let lines = read(text).unwrap_or_else(|fault| panic!("{text}\n{fault:?}"));
    let shown: Vec<_> =
        lines.iter().map(|line| format!("{} {} = {}", line.number, line.name, line.value)).collect();
    assert_eq!(shown, expect, "{text}");
}

fn check_fault(text: &str, number: usize, why: &str) {
    assert_eq!(read(text), Err(fault(number, why)), "{text}");
}

#[test]
fn flat_lines_are_read() {
    check("", &[]);
    check("# only\n\n   # comments", &[]);
    check("a.b: 1\n\nc-d: two words\ne_f : 3", &["1 a.b = 1", "3 c-d = two words", "4 e_f = 3"]);
    check("a:   1  \nio.tmp.dirs: /a:/b", &["1 a = 1", "2 io.tmp.dirs = /a:/b"]);
    check("a: 1\r\nb: 2\r\n", &["1 a = 1", "2 b = 2"]);
}

#[test]
fn nested_lines_carry_the_names_above_them() {
    check(
        "taskmanager:\n  memory:\n    process.size: 4g\n    network:\n        min: 1m\n  x: 1\nb: 2",
        &[
            "3 taskmanager.memory.process.size = 4g",
            "5 taskmanager.memory.network.min = 1m",
            "6 taskmanager.x = 1",
            "7 b = 2",
        ],
    );
    check("a.b:  # why\n\n # a comment stands anywhere\n  c: 1", &["4 a.b.c = 1"]);
}

#[test]
fn comments_start_at_a_hash_that_follows_a_space() {
    check("a: 1 # one\nb: x#y\nc: 'x # y' # z", &["1 a = 1", "2 b = x#y", "3 c = x # y"]);
}

#[test]
fn quotes_are_taken_off_and_guard_what_is_special() {
    check(r#"a: "x: \"y\" \\ #""#, &[r#"1 a = x: "y" \ #"#]);
    check("a: 'it''s [1]'", &["1 a = it's [1]"]);
    check("a: ''", &["1 a = "]);
}

#[test]
fn what_yaml_has_beyond_this_is_refused_with_its_line() {
    let form = "not a line of the form `key: value`";
    let plain = "not a plain value; write it in quotes if it is meant as it stands";
    let quote = "a quote that is not closed";
    for (text, number, why) in [
        ("---", 1, form),
        ("a: 1\nword", 2, form),
        ("a:1", 1, form),
        (": 1", 1, form),
        ("'a': 1", 1, form),
        ("a b: 1", 1, form),
        ("a:\n  - 1", 2, "a list; write all values on one line"),
        ("a: [1, 2]", 1, plain),
        ("a: {b: 1}", 1, plain),
        ("a: |\n  text", 1, plain),
        ("a: &anchor 1", 1, plain),
        ("a: b: c", 1, "a second colon; write the value in quotes"),
        ("a: b:", 1, "a second colon; write the value in quotes"),
        ("a: 'x", 1, quote),
        ("a: \"x\\\"", 1, quote),
        ("a: 'x' y", 1, "something stands behind the closing quote"),
        ("a: 'x'# y", 1, "something stands behind the closing quote"),
        ("a: \"\\n\"", 1, "only \\\" and \\\\ are read behind a backslash"),
    ] {
        check_fault(text, number, why);
    }
}

#[test]
fn a_line_that_stands_nowhere_is_refused() {
    check_fault("  a: 1", 1, "indented like no line above it");
    check_fault("a: 1\n  b: 2", 2, "indented like no line above it");
    check_fault("a:\n    b: 1\n  c: 2", 3, "indented like no line above it");
    check_fault("a:\n\tb: 1", 2, "indented with a tab; use spaces");
}

#[test]
fn a_key_without_a_value_is_refused_where_it_stands() {
    check_fault("a:", 1, "a has no value");
    check_fault("a:\nb: 1", 1, "a has no value");
    check_fault("a:\n  b:\nc: 1", 2, "a.b has no value");
}

#[test]
fn a_name_is_set_once_in_whichever_form() {
    check_fault("a.b: 1\na:\n  b: 2", 3, "a.b is set a second time, first on line 1");
}

proptest! {
    #[test]
    fn no_text_makes_reading_panic(text in "[ab:.'\"#\\\\\\- \\t\n]{0,40}") {
        let _ = read(&text);
    }

    #[test]
    fn a_quoted_value_reads_back(value in "[^\\pC]{0,20}") {
        let quoted = value.replace('\\', r"\\").replace('"', "\\\"");
        for text in [format!("a: \"{quoted}\""), format!("a: '{}'", value.replace('\'', "''"))] {
            let expect = Line { number: 1, name: "a".into(), value: value.clone() };
            prop_assert_eq!(read(&text), Ok(vec![expect]));
        }
    }
}
