//! Calls that the planner knows and `expr` does not: aggregates, functions of `OVER`, of windows and of the present.

use super::Described;

/// An entry of the table.
macro_rules! calls {
    ($($written:literal, $gives:literal, $about:literal, $example:literal = $result:literal;)+) => {
        &[$(Described { written: $written, gives: $gives, about: $about, example: $example, result: $result }),+]
    };
}

pub(super) const ABOUT_PRESENT: &str = "In a batch the present is when the query began; in a stream each row has its own. \
They may be written without brackets, but for `PROCTIME()` and `NOW()`.";

pub(super) const PRESENT: &[Described] = calls! {
    "PROCTIME()", "TIMESTAMP_LTZ(3)", "The time of the machine, as a column by which windows are cut and tables looked up.",
        "PROCTIME() IS NULL" = "FALSE";
    "NOW()", "TIMESTAMP_LTZ(3)", "The time of the machine.", "NOW() = CURRENT_TIMESTAMP" = "TRUE";
    "CURRENT_TIMESTAMP", "TIMESTAMP_LTZ(3)", "The same.", "CURRENT_TIMESTAMP IS NULL" = "FALSE";
    "CURRENT_ROW_TIMESTAMP()", "TIMESTAMP_LTZ(3)", "The same, of each row.", "CURRENT_ROW_TIMESTAMP() IS NULL" = "FALSE";
    "LOCALTIMESTAMP", "TIMESTAMP(3)", "The same, without a zone.", "YEAR(LOCALTIMESTAMP) > 2024" = "TRUE";
    "CURRENT_DATE", "DATE", "The day.", "CURRENT_DATE > DATE '2025-01-01'" = "TRUE";
    "CURRENT_TIME", "TIME(0)", "The time of the day.", "CURRENT_TIME = LOCALTIME" = "TRUE";
    "LOCALTIME", "TIME(0)", "The same.", "LOCALTIME IS NULL" = "FALSE";
};

pub(super) const ABOUT_AGGREGATES: &str = "Null does not count, unless it is said otherwise. Each takes `DISTINCT` and \
`FILTER (WHERE …)`, and may stand before `OVER (…)`. In a stream all of them take back what was taken back.\n";

pub(super) const AGGREGATES: &[Described] = calls! {
    "COUNT([DISTINCT] a, …)", "BIGINT", "How many rows have all of these values; `COUNT(*)`: how many rows there are.",
        "SELECT COUNT(DISTINCT x) FROM t" = "3";
    "SUM(number)", "type of the number", "Their sum; whole numbers wrap around, of a `DECIMAL(p, s)` it has 38 digits.", "SELECT SUM(x) FROM t" = "10";
    "AVG(number)", "type of the number", "Their mean, whole of whole numbers.", "SELECT AVG(x) FROM t" = "2";
    "MIN(a)", "type of the value", "The least value.", "SELECT MIN(x) FROM t" = "1";
    "MAX(a)", "type of the value", "The greatest value.", "SELECT MAX(x) FROM t" = "5";
    "VAR_POP(number)", "type of the number", "The variance of all values.", "SELECT VAR_POP(CAST(x AS DOUBLE)) FROM t" = "2.25";
    "VAR_SAMP(number)", "type of the number", "The variance by a sample.", "SELECT VAR_SAMP(CAST(x AS DOUBLE)) FROM t" = "3.0";
    "VARIANCE(number)", "type of the number", "The same as `VAR_SAMP`.", "SELECT VARIANCE(CAST(x AS DOUBLE)) FROM t" = "3.0";
    "STDDEV_POP(number)", "type of the number", "The standard deviation of all values.", "SELECT STDDEV_POP(CAST(x AS DOUBLE)) FROM t" = "1.5";
    "STDDEV_SAMP(number)", "type of the number", "The standard deviation by a sample.",
        "SELECT STDDEV_SAMP(CAST(x AS DOUBLE)) FROM t" = "1.7320508075688772";
    "STDDEV(number)", "type of the number", "The same as `STDDEV_SAMP`.", "SELECT STDDEV(CAST(x AS DOUBLE)) FROM t" = "1.7320508075688772";
    "LISTAGG(text [, separator])", "STRING", "The texts one behind the other, with a comma between them or what is said.",
        "SELECT LISTAGG(k, '-') FROM t" = "a-b-a-b-c";
    "COLLECT(a)", "ARRAY", "All values as an array: a `MULTISET` is one here.", "SELECT COLLECT(x) FROM t" = "[1, 2, 2, 5]";
    "ARRAY_AGG(a)", "ARRAY", "All values as an array, null too unless `IGNORE NULLS` stands behind it.", "SELECT ARRAY_AGG(x) FROM t" = "[1, 2, 2, 5, NULL]";
    "FIRST_VALUE(a)", "type of the value", "The value that came first.", "SELECT FIRST_VALUE(x) FROM t" = "1";
    "LAST_VALUE(a)", "type of the value", "The value that came last.", "SELECT LAST_VALUE(k) FROM t" = "c";
    "JSON_OBJECTAGG([KEY] k VALUE v [NULL | ABSENT ON NULL])", "STRING", "An object of JSON, with null for what is null unless it is to be absent.",
        "SELECT JSON_OBJECTAGG(KEY k VALUE x) FROM t WHERE x IS NULL OR x = 5" = "{\"b\":5,\"c\":null}";
    "JSON_ARRAYAGG(a [NULL | ABSENT ON NULL])", "STRING", "An array of JSON, without what is null unless it is asked for.", "SELECT JSON_ARRAYAGG(x) FROM t" = "[1,2,2,5]";
    "GROUPING(key, …)", "BIGINT", "In a query with `GROUPING SETS`, `ROLLUP` or `CUBE`: which keys are null for the sake of the set, as bits.",
        "SELECT GROUPING(k) FROM t WHERE k = 'a' GROUP BY ROLLUP (k)" = "0, 1";
    "GROUPING_ID(key, …)", "BIGINT", "The same.", "SELECT GROUPING_ID(k, x) FROM t WHERE x = 5 GROUP BY GROUPING SETS ((k), (x))" = "1, 2";
};

pub(super) const ABOUT_OVER: &str = "Before `OVER (PARTITION BY … ORDER BY … ROWS | RANGE | GROUPS BETWEEN … AND …)`; of a partition, \
or of the rows around a row. In a stream they are for good if the order is that of the event time.";

pub(super) const OVER: &[Described] = calls! {
    "ROW_NUMBER()", "BIGINT", "The number of the row, from 1.", "SELECT ROW_NUMBER() OVER (ORDER BY x) FROM u" = "1, 2, 3, 4";
    "RANK()", "BIGINT", "One more than the rows before it; equal ones share it.", "SELECT RANK() OVER (ORDER BY x) FROM u" = "1, 2, 2, 4";
    "DENSE_RANK()", "BIGINT", "The same without gaps.", "SELECT DENSE_RANK() OVER (ORDER BY x) FROM u" = "1, 2, 2, 3";
    "PERCENT_RANK()", "DOUBLE", "How far along the rank is, from 0 to 1.",
        "SELECT PERCENT_RANK() OVER (ORDER BY x) FROM u" = "0.0, 0.3333333333333333, 0.3333333333333333, 1.0";
    "CUME_DIST()", "DOUBLE", "The share of the rows up to this one and its equals.", "SELECT CUME_DIST() OVER (ORDER BY x) FROM u" = "0.25, 0.75, 0.75, 1.0";
    "NTILE(n)", "BIGINT", "In which of n buckets of about the same size a row is.", "SELECT NTILE(2) OVER (ORDER BY x) FROM u" = "1, 1, 2, 2";
    "LAG(a [, n [, default]])", "type of the value", "The value n rows before, or one; the default where there is no such row.",
        "SELECT LAG(x) OVER (ORDER BY x) FROM u" = "NULL, 10, 20, 20";
    "LEAD(a [, n [, default]])", "type of the value", "The value n rows behind.", "SELECT LEAD(x, 1, 0) OVER (ORDER BY x) FROM u" = "20, 20, 30, 0";
    "FIRST_VALUE(a)", "type of the value", "That of the first row of the frame.", "SELECT FIRST_VALUE(x) OVER (ORDER BY x) FROM u" = "10, 10, 10, 10";
    "LAST_VALUE(a)", "type of the value", "That of the last row of the frame.", "SELECT LAST_VALUE(x) OVER (ORDER BY x) FROM u" = "10, 20, 20, 30";
    "NTH_VALUE(a, n)", "type of the value", "That of the nth row of the frame.", "SELECT NTH_VALUE(x, 2) OVER (ORDER BY x) FROM u" = "NULL, 20, 20, 20";
};

pub(super) const ABOUT_WINDOWS: &str = "`FROM TABLE(…)` adds the columns `window_start`, `window_end` and `window_time` to the rows of a \
table; names may be written: `SIZE => INTERVAL '1' HOUR`. `GROUP BY TUMBLE(time, size)`, `HOP(time, slide, size)` and `SESSION(time, gap)` \
are the older way, with `TUMBLE_START(…)`, `TUMBLE_END(…)`, `TUMBLE_ROWTIME(…)` and their like in `SELECT`.";

pub(super) const WINDOWS: &[Described] = calls! {
    "TUMBLE(TABLE t, DESCRIPTOR(time), size [, offset])", "rows", "Each row in one window of this size.",
        "SELECT DATE_FORMAT(window_start, 'HH:mm') FROM TABLE(TUMBLE(TABLE e, DESCRIPTOR(ts), INTERVAL '5' MINUTE))" = "00:00, 00:05";
    "HOP(TABLE t, DESCRIPTOR(time), slide, size [, offset])", "rows", "Each row in all windows of this size that begin every slide.",
        "SELECT DATE_FORMAT(window_start, 'HH:mm') FROM TABLE(HOP(TABLE e, DESCRIPTOR(ts), INTERVAL '5' MINUTE, INTERVAL '10' MINUTE)) WHERE n = 2" = "00:00, 00:05";
    "CUMULATE(TABLE t, DESCRIPTOR(time), step, size [, offset])", "rows", "Windows that begin together and grow by a step up to their size.",
        "SELECT DATE_FORMAT(window_end, 'HH:mm') FROM TABLE(CUMULATE(TABLE e, DESCRIPTOR(ts), INTERVAL '5' MINUTE, INTERVAL '10' MINUTE)) WHERE n = 1" = "00:05, 00:10";
    "SESSION(TABLE t [PARTITION BY key], DESCRIPTOR(time), gap)", "rows", "Windows that end where no row has come for the gap.",
        "SELECT DATE_FORMAT(window_end, 'HH:mm') FROM TABLE(SESSION(TABLE e, DESCRIPTOR(ts), INTERVAL '2' MINUTE))" = "00:05, 00:09";
    "TUMBLE_START(time, size)", "TIMESTAMP(3)", "In a query with `GROUP BY TUMBLE(…)`: when the window begins.",
        "SELECT DATE_FORMAT(TUMBLE_START(ts, INTERVAL '5' MINUTE), 'HH:mm') FROM e GROUP BY TUMBLE(ts, INTERVAL '5' MINUTE)" = "00:00, 00:05";
    "TUMBLE_END(time, size)", "TIMESTAMP(3)", "When it ends.",
        "SELECT DATE_FORMAT(TUMBLE_END(ts, INTERVAL '5' MINUTE), 'HH:mm') FROM e GROUP BY TUMBLE(ts, INTERVAL '5' MINUTE)" = "00:05, 00:10";
    "TUMBLE_ROWTIME(time, size)", "TIMESTAMP(3)", "Its last millisecond, as an event time.",
        "SELECT DATE_FORMAT(TUMBLE_ROWTIME(ts, INTERVAL '5' MINUTE), 'mm:ss.SSS') FROM e GROUP BY TUMBLE(ts, INTERVAL '5' MINUTE)" = "04:59.999, 09:59.999";
    "HOP_START(time, slide, size)", "TIMESTAMP(3)", "As `TUMBLE_START`; also `HOP_END` and `HOP_ROWTIME`.",
        "SELECT DATE_FORMAT(HOP_START(ts, INTERVAL '5' MINUTE, INTERVAL '10' MINUTE), 'HH:mm') FROM e WHERE n = 2 GROUP BY HOP(ts, INTERVAL '5' MINUTE, INTERVAL '10' MINUTE)" = "00:00, 00:05";
    "SESSION_START(time, gap)", "TIMESTAMP(3)", "As `TUMBLE_START`; also `SESSION_END` and `SESSION_ROWTIME`.",
        "SELECT DATE_FORMAT(SESSION_START(ts, INTERVAL '2' MINUTE), 'HH:mm') FROM e GROUP BY SESSION(ts, INTERVAL '2' MINUTE)" = "00:03, 00:07";
};
