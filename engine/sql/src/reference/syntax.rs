//! What is written otherwise than as a call: operators, and functions with words between their arguments.

use super::Described;

/// An entry of the table.
macro_rules! written {
    ($($written:literal, $gives:literal, $about:literal, $example:literal = $result:literal;)+) => {
        &[$(Described { written: $written, gives: $gives, about: $about, example: $example, result: $result }),+]
    };
}

/// All of it.
pub(super) const ALL: &[Described] = written! {
    "a = b", "BOOLEAN", "Whether they are equal. Also `<>`, `!=`, `<`, `<=`, `>`, `>=`.", "2 = 2.0" = "TRUE";
    "a IS [NOT] NULL", "BOOLEAN", "Whether nothing is there.", "NULLIF(1, 1) IS NULL" = "TRUE";
    "a IS [NOT] DISTINCT FROM b", "BOOLEAN", "Whether they differ, where null is a value like others.",
        "1 IS DISTINCT FROM NULL" = "TRUE";
    "a [NOT] BETWEEN [SYMMETRIC] b AND c", "BOOLEAN", "Whether it lies between them, both included; `SYMMETRIC` takes bounds in any order.",
        "3 BETWEEN SYMMETRIC 5 AND 1" = "TRUE";
    "a [NOT] IN (b, c)", "BOOLEAN", "Whether it is one of them; unknown, if none is and one is null.", "4 IN (1, 2, NULL)" = "NULL";
    "a [NOT] LIKE pattern [ESCAPE c]", "BOOLEAN", "`%` stands for any text, `_` for a letter.", "'Millstream' LIKE 'Mill%'" = "TRUE";
    "a [NOT] SIMILAR TO pattern", "BOOLEAN", "Whether all of a text is like a regular expression of SQL.", "'abc' SIMILAR TO '(a|b|c)+'" = "TRUE";
    "a AND b", "BOOLEAN", "Both, with three values: what is unknown does not make false true.", "FALSE AND CAST(NULL AS BOOLEAN)" = "FALSE";
    "a OR b", "BOOLEAN", "At least one of them.", "TRUE OR CAST(NULL AS BOOLEAN)" = "TRUE";
    "NOT a", "BOOLEAN", "The other one; of null null.", "NOT TRUE" = "FALSE";
    "a IS [NOT] TRUE", "BOOLEAN", "Also `FALSE` and `UNKNOWN`; the answer is never null.", "CAST(NULL AS BOOLEAN) IS TRUE" = "FALSE";
    "a + b", "number or time", "Sum; of a time and an interval a time. Also `-`.", "DATE '2025-01-31' + INTERVAL '1' MONTH" = "2025-02-28";
    "a * b", "number", "Product. Whole numbers wrap around.", "2147483647 * 2" = "-2";
    "a / b", "number", "Quotient: whole of whole numbers, an error for 0; of `DECIMAL`s by Flink's formula for digits.", "7 / 2" = "3";
    "a % b", "number", "What is left of a division, with the sign of `a`. Also `MOD(a, b)`.", "-7 % 3" = "-1";
    "MOD(a, b)", "number", "What is left of a division, with the sign of `a`.", "MOD(7, 3)" = "1";
    "a || b", "STRING", "One text behind the other.", "'Mill' || 'stream'" = "Millstream";
    "CASE WHEN a THEN b ELSE c END", "type of the values", "The first value whose condition is true. Also `CASE x WHEN a THEN b … END`.",
        "CASE WHEN 1 > 2 THEN 'more' ELSE 'less' END" = "less";
    "COALESCE(a, b, …)", "type of the values", "The first value that is not null.", "COALESCE(NULL, 2, 3)" = "2";
    "IFNULL(a, b)", "type of the values", "`b` where `a` is null.", "IFNULL(NULL, 'none')" = "none";
    "NULLIF(a, b)", "type of `a`", "Null where they are equal, otherwise `a`.", "NULLIF(5, 0)" = "5";
    "IF(a, b, c)", "type of the values", "`b` if `a` is true, otherwise `c`.", "IF(5 > 3, 'yes', 'no')" = "yes";
    "CAST(a AS type)", "the type", "The same value as another type, or an error.", "CAST('42' AS INT) + 1" = "43";
    "TRY_CAST(a AS type)", "the type", "The same value as another type, or null.", "TRY_CAST('forty' AS INT)" = "NULL";
    "EXTRACT(part FROM time)", "BIGINT", "A part of a time: `YEAR`, `QUARTER`, `MONTH`, `WEEK`, `DAY`, `DOY`, `DOW`, `HOUR`, `MINUTE`, `SECOND` and more.",
        "EXTRACT(DOY FROM DATE '2025-02-01')" = "32";
    "FLOOR(time TO unit)", "type of the time", "The last full unit.", "FLOOR(TIMESTAMP '2025-03-04 12:44:31' TO HOUR)" = "2025-03-04 12:00:00";
    "CEIL(time TO unit)", "type of the time", "The next full unit.", "CEIL(DATE '2025-03-04' TO MONTH)" = "2025-04-01";
    "TIMESTAMPADD(unit, number, time)", "type of the time", "So many units later.", "TIMESTAMPADD(WEEK, 1, DATE '2025-03-04')" = "2025-03-11";
    "TIMESTAMPDIFF(unit, from, to)", "INT", "How many whole units lie between.",
        "TIMESTAMPDIFF(MONTH, DATE '2025-01-31', DATE '2025-03-30')" = "1";
    "(a, b) OVERLAPS (c, d)", "BOOLEAN", "Whether two spans have a time in common; an end may be an interval.",
        "(TIME '09:00:00', INTERVAL '1' HOUR) OVERLAPS (TIME '09:30:00', TIME '11:00:00')" = "TRUE";
    "SUBSTRING(text FROM n [FOR m])", "STRING", "From the nth letter on, so many.", "SUBSTRING('Millstream' FROM 5 FOR 3)" = "str";
    "POSITION(part IN text)", "INT", "Where a part begins, from 1; 0 if it is not in it.", "POSITION('s' IN 'Millstream')" = "5";
    "OVERLAY(text PLACING part FROM n [FOR m])", "STRING", "With a part in place of what was there.", "OVERLAY('abcdef' PLACING 'XY' FROM 2 FOR 3)" = "aXYef";
    "TRIM([BOTH | LEADING | TRAILING] [letters] FROM text)", "STRING", "Without these letters at its ends.", "TRIM(LEADING 'x' FROM 'xxyx')" = "yx";
    "ARRAY[a, b]", "ARRAY", "An array of these values; `x[1]` is the first one.", "ARRAY[5, 6, 7][2]" = "6";
    "MAP[k, v, …]", "MAP", "A map of keys and values; `m['k']` is the value of a key.", "MAP['a', 1, 'b', 2]['b']" = "2";
    "ROW(a, b)", "ROW", "A row of values. `(a, b)` is one too, and can be compared.", "(1, 2) = (1, 2)" = "TRUE";
    "a IS [NOT] JSON [VALUE | SCALAR | ARRAY | OBJECT]", "BOOLEAN", "Whether a text is JSON of this kind.", "'[1]' IS JSON ARRAY" = "TRUE";
    "JSON_VALUE(json, path [RETURNING type] [… ON EMPTY] [… ON ERROR])", "STRING or the type", "The value at a path.",
        "JSON_VALUE('{\"a\": 7}', '$.a' RETURNING INT) + 1" = "8";
    "JSON_QUERY(json, path [RETURNING ARRAY<STRING>] [… WRAPPER] [… ON EMPTY] [… ON ERROR])", "STRING or ARRAY", "The array or object at a path.",
        "JSON_QUERY('{\"a\": [1, 2]}', '$.a')" = "[1,2]";
    "JSON_EXISTS(json, path [… ON ERROR])", "BOOLEAN", "Whether there is something at a path.", "JSON_EXISTS('{\"a\": 7}', '$.b')" = "FALSE";
    "JSON_OBJECT([KEY k VALUE v, …] [NULL | ABSENT ON NULL])", "STRING", "An object of JSON.", "JSON_OBJECT(KEY 'a' VALUE 1)" = "{\"a\":1}";
    "JSON_ARRAY([v, …] [NULL | ABSENT ON NULL])", "STRING", "An array of JSON.", "JSON_ARRAY(1, 'b')" = "[1,\"b\"]";
    "GROUPING SETS ((a), ())", "", "In `GROUP BY`: several ways to group at once. Also `ROLLUP (a, b)` and `CUBE (a, b)`.",
        "SELECT COUNT(*) FROM (VALUES (1), (2)) AS v (a) GROUP BY GROUPING SETS ((a), ())" = "1, 1, 2";
    "EXISTS (query)", "BOOLEAN", "Whether a query has a row. Also `x IN (query)`, `x = ANY (query)`, `x > ALL (query)`.",
        "EXISTS (SELECT 1 WHERE 1 > 2)" = "FALSE";
};
