//! JSON: what is none, what is not there, what does not fit.

use std::fmt::Write;

use proptest::prelude::*;

use super::reader::{check, value_of};

const ACCOUNT: &str = r#"{"type": "account", "age": 42, "balance": 13.37, "longBalance": 123456789.987654321, "big": 9999999999, "activated": true, "nothing": null, "contains blank": "right", "tags": ["a", "b"], "neg": -13.89, "e": 1e3}"#;

#[test]
fn scalars_are_found() {
    let value = |rest: &str| format!("JSON_VALUE('{ACCOUNT}', {rest})");
    let cases = [
        ("'$.type'", "account"),
        ("'$.longBalance'", "123456789.987654321"),
        ("'$.activated'", "true"),
        ("'$.e'", "1E+3"),
        ("'$.activated', 'BOOLEAN'", "TRUE"),
        ("'$.age', 'TINYINT'", "42"),
        ("'$.balance', 'DOUBLE'", "13.37"),
        ("'$.balance', 'FLOAT'", "13.37"),
        ("'$.balance', 'DECIMAL(10, 2)'", "13.37"),
        ("'$.neg', 'INT'", "-13"),
        ("'$.big', 'INT'", "NULL"),
        ("'$.big', 'BIGINT'", "9999999999"),
        ("'$.longBalance', 'DECIMAL(5, 2)'", "NULL"),
        ("'$.longBalance', 'DECIMAL(5, 2)', 'NULL', 'DEFAULT', NULL, '0.00'", "0.00"),
        ("'$.type', 'INT'", "NULL"),
        ("'$.type', 'INT', 'NULL', 'DEFAULT', NULL, 42", "42"),
        ("'$.type', 'INT', 'NULL', 'ERROR'", "error: JSON_VALUE: \"account\" is no INT"),
        ("'$.nothing'", "NULL"),
        ("'lax $.nothing', 'STRING', 'DEFAULT', 'NULL', 'x'", "x"),
        ("'$.nothing', 'STRING', 'NULL', 'DEFAULT', NULL, 'x'", "x"),
        ("'lax $.invalid', 'STRING', 'NULL', 'ERROR'", "NULL"),
        ("'lax $.invalid', 'INT', 'DEFAULT', 'ERROR', 42", "42"),
        ("'lax $.invalid', 'INT', 'ERROR'", "error: JSON_VALUE has found nothing"),
        ("'strict $.invalid', 'STRING', 'ERROR', 'NULL'", "NULL"),
        ("'strict $.invalid', 'INT', 'NULL', 'DEFAULT', NULL, 42", "42"),
        ("'strict $.invalid', 'INT', 'NULL', 'ERROR'", "error: JSON_VALUE: there is no key 'invalid' there"),
        ("'$.tags'", "NULL"),
        ("'lax $.tags', 'STRING', 'DEFAULT', 'NULL', 'none'", "none"),
        ("'$.tags[1]'", "b"),
        ("'strict $.[''contains blank'']', 'STRING', 'NULL', 'DEFAULT', NULL, 'wrong'", "right"),
        ("'$['", "NULL"),
        ("NULL", "NULL"),
        ("'$.type', 'DATE'", "error: JSON_VALUE does not take STRING, STRING, STRING"),
        (
            "'$.type', 'INT', 'SOMETIMES'",
            "error: argument 4 is one of 'NULL', 'ERROR', 'DEFAULT', and the same for all rows",
        ),
    ];
    for (rest, expected) in cases {
        check(&[(&value(rest), expected)]);
    }
    check(&[
        ("JSON_VALUE(CAST(NULL AS STRING), 'lax $')", "NULL"),
        ("JSON_VALUE('{\"v\": \"42\"}', '$.v', 'INT')", "42"),
        ("JSON_VALUE('{\"v\": \" Yes\"}', '$.v', 'BOOLEAN')", "TRUE"),
        ("JSON_VALUE('{\"v\": 1}', '$.v', 'BOOLEAN')", "NULL"),
        ("JSON_VALUE('{', 'lax $.v', 'STRING', 'DEFAULT', 'NULL', 'empty')", "empty"),
        ("JSON_VALUE('{', '$.v', 'STRING', 'NULL', 'DEFAULT', NULL, 'wrong')", "wrong"),
        ("JSON_VALUE('{\"a\": 1, \"a\": 2}', '$.a')", "2"),
    ]);
}

#[test]
fn parts_are_found() {
    check(&[
        ("JSON_QUERY('{ \"b\": { \"d\" : 1, \"c\": 1.50 } }', '$.b')", "{\"c\":1.50,\"d\":1}"),
        ("JSON_QUERY('[1, 2]', '$')", "[1,2]"),
        ("JSON_QUERY(CAST(NULL AS STRING), '$')", "NULL"),
        ("JSON_QUERY('{}', '$', 'STRING', 'CONDITIONAL')", "[{}]"),
        ("JSON_QUERY('[1, 2]', '$', 'STRING', 'CONDITIONAL')", "[1,2]"),
        ("JSON_QUERY('[1, 2]', '$', 'STRING', 'UNCONDITIONAL')", "[[1,2]]"),
        ("JSON_QUERY('1', '$')", "NULL"),
        ("JSON_QUERY('1', '$', 'STRING', 'CONDITIONAL')", "[1]"),
        ("JSON_QUERY('{}', 'lax $.invalid', 'STRING', 'WITHOUT', 'EMPTY OBJECT')", "{}"),
        ("JSON_QUERY('{}', 'strict $.invalid', 'STRING', 'WITHOUT', 'NULL', 'EMPTY ARRAY')", "[]"),
        (
            "JSON_QUERY('{}', 'lax $.invalid', 'STRING', 'WITHOUT', 'ERROR')",
            "error: JSON_QUERY: it has found nothing",
        ),
        ("JSON_QUERY('{}', 'lax $.a[*]')", "[]"),
        ("JSON_QUERY('{}', '$.a[*]')", "NULL"),
        ("JSON_QUERY('{\"a\": [1, null, \"3\"]}', '$.a', 'ARRAY<INT>')", "[1, NULL, 3]"),
        ("JSON_QUERY('{\"a\": [{\"b\": 1}, \"x\", 2.50]}', '$.a', 'ARRAY<STRING>')", "[{\"b\":1}, x, 2.50]"),
        ("JSON_QUERY('{\"a\": [\"x\"]}', '$.a', 'ARRAY<INT>')", "NULL"),
        ("JSON_QUERY('{\"a\": [\"x\"]}', '$.a', 'ARRAY<INT>', 'WITHOUT', 'NULL', 'EMPTY ARRAY')", "[]"),
        ("JSON_QUERY('{\"a\": [[1]]}', '$.a', 'ARRAY<INT>')", "NULL"),
        ("JSON_QUERY('{}', 'lax $.a', 'ARRAY<INT>', 'WITHOUT', 'EMPTY ARRAY')", "[]"),
        ("JSON_EXISTS('{\"a\": true}', '$.b')", "FALSE"),
        ("JSON_EXISTS('{\"a\": true}', 'strict $.b', 'TRUE')", "TRUE"),
        ("JSON_EXISTS('{\"a\": true}', 'strict $.b', 'UNKNOWN')", "NULL"),
        (
            "JSON_EXISTS('{\"a\": true}', 'strict $.b', 'ERROR')",
            "error: JSON_EXISTS: there is no key 'b' there",
        ),
        ("JSON_EXISTS('{\"a\": [1]}', '$.a[*]')", "TRUE"),
        ("JSON_EXISTS('{}', '$.a[*]')", "FALSE"),
        ("JSON_EXISTS(NULL, '$')", "NULL"),
    ]);
}

#[test]
fn json_is_known_from_other_texts() {
    check(&[
        ("IS_JSON('1')", "TRUE"),
        ("IS_JSON('\"abc\"')", "TRUE"),
        ("IS_JSON('abc')", "FALSE"),
        ("IS_JSON('')", "FALSE"),
        ("IS_JSON('{} {}')", "FALSE"),
        ("IS_JSON('01')", "FALSE"),
        ("IS_JSON(CAST(NULL AS STRING))", "NULL"),
        ("IS_JSON('1', 'SCALAR')", "TRUE"),
        ("IS_JSON('{}', 'SCALAR')", "FALSE"),
        ("IS_JSON('[]', 'ARRAY')", "TRUE"),
        ("IS_JSON('[]', 'OBJECT')", "FALSE"),
        ("JSON_LENGTH('{\"a\": 1, \"b\": 2}')", "2"),
        ("JSON_LENGTH('null')", "1"),
        ("JSON_LENGTH('{')", "NULL"),
        ("JSON_LENGTH('{\"a\": [true, null]}', '$.a[1]')", "1"),
        ("JSON_LENGTH('{\"a\": [true, null]}', '$.a[9]')", "NULL"),
        ("JSON_LENGTH('{\"a\": [true, null]}', '$.a[*]')", "NULL"),
        ("JSON_LENGTH('{\"a\": [[1, 2]]}', '$.a[*]')", "2"),
        ("JSON_TYPE('null')", "null"),
        ("JSON_TYPE('1.5')", "number"),
        ("JSON_TYPE('{\"a\": false}', '$.a')", "boolean"),
        ("JSON_QUOTE('a\tb\"\\')", "\"a\\tb\\\"\\\\\""),
        ("JSON_UNQUOTE('\"\"\"')", "\""),
        ("JSON_UNQUOTE('\"[1, 2, 3}')", "\"[1, 2, 3}"),
        ("JSON_UNQUOTE('\"\\uzzzz\"')", "\"\\uzzzz\""),
        ("JSON_UNQUOTE('\"\\ud83d\\ude00\"')", "😀"),
        ("JSON_UNQUOTE(JSON_QUOTE('\"'))", "\""),
        ("JSON_UNQUOTE('')", ""),
    ]);
}

#[test]
fn json_is_made_of_values() {
    check(&[
        ("JSON_STRING(CAST(NULL AS INT))", "NULL"),
        ("JSON_STRING('Hello, \"World\"!')", "\"Hello, \\\"World\\\"!\""),
        ("JSON_STRING(1.23)", "1.23"),
        ("JSON_STRING(CAST(1.0 AS DOUBLE))", "1.0"),
        ("JSON_STRING(TRUE)", "true"),
        ("JSON_STRING(CAST('1990-06-02 13:37:42.001' AS TIMESTAMP(3)))", "\"1990-06-02T13:37:42.001\""),
        ("JSON_STRING(TO_TIMESTAMP_LTZ(0, 3))", "\"1970-01-01T00:00:00Z\""),
        ("JSON_STRING(DATE '1990-06-02')", "\"1990-06-02\""),
        ("JSON_STRING(ENCODE('Test', 'UTF-8'))", "\"VGVzdA==\""),
        ("JSON_STRING(ROW('R1', `ARRAY`(ROW(1, NULL))))", "{\"f0\":\"R1\",\"f1\":[{\"f0\":1,\"f1\":null}]}"),
        ("JSON_STRING(`MAP`('b', 1, 'a', 2))", "{\"a\":2,\"b\":1}"),
        ("`JSON_OBJECT`()", "{}"),
        ("`JSON_OBJECT`('b', 1, 'a', 'x')", "{\"a\":\"x\",\"b\":1}"),
        ("`JSON_OBJECT`('K1', JSON(`JSON_OBJECT`('K2', 'V')))", "{\"K1\":{\"K2\":\"V\"}}"),
        ("`JSON_OBJECT`('K1', `JSON_OBJECT`('K2', 'V'))", "{\"K1\":\"{\\\"K2\\\":\\\"V\\\"}\"}"),
        ("`JSON_OBJECT`(NULL, 1)", "error: a key of JSON_OBJECT is null"),
        ("JSON_OBJECT_ABSENT_ON_NULL('a', JSON(CAST(NULL AS STRING)))", "{}"),
        ("`JSON_ARRAY`()", "[]"),
        ("`JSON_ARRAY`(JSON('[1, 2]'), JSON(' '))", "[[1,2]]"),
        ("JSON_ARRAY_NULL_ON_NULL(NULL, 1)", "[null,1]"),
        ("JSON('{')", "error: JSON('{'): a key begins with '\"', at byte 1"),
    ]);
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        "[a-zé\"\\\\\n😀]{0,5}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
            prop::collection::vec(("[a-c]", inner), 0..4)
                .prop_map(|entries| { serde_json::Value::Object(entries.into_iter().collect()) }),
        ]
    })
}

/// With blanks, and letters that need not be escaped but are.
fn spaced(json: &serde_json::Value, out: &mut String) {
    match json {
        serde_json::Value::Array(elements) => {
            out.push_str("[ ");
            for (number, element) in elements.iter().enumerate() {
                out.push_str(if number == 0 { "" } else { " ,\n" });
                spaced(element, out);
            }
            out.push(']');
        }
        serde_json::Value::Object(entries) => {
            out.push('{');
            for (number, (key, value)) in entries.iter().rev().enumerate() {
                out.push_str(if number == 0 { "\t" } else { "," });
                let _ = write!(out, "\"\\u{:04x}\" : ", u32::from(key.chars().next().unwrap()));
                spaced(value, out);
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

proptest! {
    /// Against another parser.
    #[test]
    fn json_is_read_and_written(value in json()) {
        let mut written = String::new();
        spaced(&value, &mut written);
        let call = format!("JSON_QUERY('[{}]', '$')", written.replace('\'', "''"));
        let found = value_of(&call).unwrap().unwrap();
        prop_assert_eq!(&found, &format!("[{value}]"));
    }

    #[test]
    fn what_is_no_json_is_none_for_another_parser_too(text in "[\\[\\]{}\",:0-9eE.+ \\\\untrfalsb-]{0,12}") {
        let call = format!("IS_JSON('{text}')");
        let is_json = serde_json::from_str::<serde_json::Value>(&text).is_ok() || text.contains(['e', 'E']) && is_huge(&text);
        prop_assert_eq!(value_of(&call).unwrap().unwrap() == "TRUE", is_json, "{}", text);
    }
}

/// A number that is too large for the other parser only.
fn is_huge(text: &str) -> bool {
    let words = serde_json::from_str::<serde_json::Value>(text).unwrap_err().to_string();
    words.contains("number out of range")
}
