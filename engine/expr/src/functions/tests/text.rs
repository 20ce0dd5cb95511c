//! Text: letters beyond ASCII, nothing, nulls, places out of a text.

use super::reader::{check, value_of};

#[test]
fn places_are_letters_from_one() {
    check(&[
        ("SUBSTRING('This is a test String.', 2, 5)", "his i"),
        ("SUBSTRING('1世3', 1, 2)", "1世"),
        ("SUBSTRING('abc', 0)", "abc"),
        ("SUBSTRING('abc', -2, 1)", "b"),
        ("SUBSTRING('abc', -4)", ""),
        ("SUBSTRING('abc', 100, 10)", ""),
        ("SUBSTRING('abc', 2, -1)", "NULL"),
        ("SUBSTRING('abc', 2, NULL)", "NULL"),
        ("`LEFT`('abc', -2)", ""),
        ("`LEFT`('äöü', 2)", "äö"),
        ("`RIGHT`('äöü', 2)", "öü"),
        ("`RIGHT`('abc', 100)", "abc"),
        ("`OVERLAY`('xxxxxtest', 'xxxx', 6)", "xxxxxxxxx"),
        ("`OVERLAY`('123456789', 'It', -1, 4)", "123456789"),
        ("`OVERLAY`('123456789', 'abc', 100, 2)", "123456789"),
        ("`OVERLAY`('123456789', 'abc', 2, 100)", "1abc"),
        ("`OVERLAY`('123456789', 'abc', 2, -1)", "1abc"),
        ("`OVERLAY`('öäü', 'é', 2, 1)", "öéü"),
        ("`OVERLAY`('This is a test String.', 'It', 1, 4)", "It is a test String."),
        ("INSTR('Corporate Floor', 'or', -3, 2)", "2"),
        ("INSTR('Tech on the net', 'e', 1, 3)", "14"),
        ("INSTR('Tech on the net', 'e', -3, 2)", "2"),
        ("INSTR('Tech on the net', 'e', 1, 9)", "0"),
        ("INSTR('öäü', 'ü')", "3"),
        ("INSTR('abc', 'c', 0)", "0"),
        ("INSTR('abc', 'c', 1, 0)", "error: INSTR looks for appearance 1 or a later one, not 0"),
        ("INSTR('abc', NULL)", "NULL"),
        ("LOCATE('aa', 'aaads', 3)", "0"),
        ("LOCATE('', 'abc')", "1"),
        ("LOCATE('ü', 'öäü', -3)", "3"),
        ("COUNT_CHAR('öäö', 'ö')", "2"),
        ("COUNT_CHAR('', 'a')", "0"),
        ("COUNT_CHAR(NULL, 'a')", "NULL"),
        ("COUNT_CHAR('abc', 'ab')", "error: COUNT_CHAR counts one letter, not 'ab'"),
        ("STARTSWITH('abc', '')", "TRUE"),
        ("ENDSWITH('abc', 'bc')", "TRUE"),
        ("STARTSWITH(ENCODE('abc', 'UTF-8'), ENCODE('ab', 'UTF-8'))", "TRUE"),
    ]);
}

#[test]
fn texts_are_changed() {
    check(&[
        ("UPPER(NULL)", "NULL"),
        ("INITCAP('fLinK')", "Flink"),
        ("TRIM('abcddcba', 'abd')", "cddc"),
        ("TRIM('心情开开心心', '开心')", "情"),
        ("LTRIM('abcddcba', 'abc')", "ddcba"),
        ("RTRIM('This is a test String.', 'String. ')", "This is a tes"),
        ("LTRIM('abc', CAST(NULL AS STRING))", "NULL"),
        ("REPLACE('ababab', 'abab', 'z')", "zab"),
        ("REPLACE('abc', ' ', NULL)", "NULL"),
        ("TRANSLATE('www.apache.org', NULL, '123')", "www.apache.org"),
        ("TRANSLATE('www.apache.org', 'abc', NULL)", "www.phe.org"),
        ("TRANSLATE(NULL, 'abc', '123')", "NULL"),
        ("TRANSLATE('www.apache.org', 'abcae', '12345')", "www.1p13h5.org"),
        ("TRANSLATE('翻译test，测试', '翻译测试test，', 'test翻译  ')", "te翻译 翻st"),
        ("REVERSE('hé')", "éh"),
        ("REPEAT('ab', -1)", ""),
        ("REPEAT('ab', 100000000)", "error: a text of 100000000 times 2 bytes is too long"),
        ("LPAD('hi', 1, '??')", "h"),
        ("LPAD('äääääääää', 10, '??')", "?äääääääää"),
        ("LPAD('äää', 13, '12345')", "1234512345äää"),
        ("LPAD('111', -2, '??')", "NULL"),
        ("LPAD('ab', 1, '')", "NULL"),
        ("RPAD('', 2, '?')", "??"),
        ("RPAD('äää', 13, '12345')", "äää1234512345"),
        ("CONCAT('xx', CAST(NULL AS STRING))", "NULL"),
        ("CONCAT_WS('~', NULL, 'AA', 'BB', '', NULL, 'CC')", "AA~BB~~CC"),
        ("CONCAT_WS(NULL, 'AA')", "NULL"),
        ("IS_ALPHA('abc1')", "FALSE"),
        ("IS_ALPHA('')", "FALSE"),
        ("IS_ALPHA(CAST(NULL AS STRING))", "FALSE"),
        ("IS_DIGIT('123')", "TRUE"),
        ("IS_DECIMAL('-1.5e3')", "TRUE"),
        ("IS_DECIMAL('1.')", "TRUE"),
        ("IS_DECIMAL('.')", "FALSE"),
        ("IS_DECIMAL('abc')", "FALSE"),
        ("IS_DECIMAL(CAST(NULL AS STRING))", "FALSE"),
    ]);
}

#[test]
fn texts_have_parts() {
    check(&[
        ("SPLIT_INDEX('AQIDBA==', 'I', 0)", "AQ"),
        ("SPLIT_INDEX('AQIDBA==', 73, 0)", "AQ"),
        ("SPLIT_INDEX('AQIDBA==', 256, 0)", "NULL"),
        ("SPLIT_INDEX('AQIDBA==', 0, 0)", "NULL"),
        ("SPLIT_INDEX('AQIDBA==', 'I', 2)", "NULL"),
        ("SPLIT_INDEX('test', 'e', -1)", "NULL"),
        ("SPLIT_INDEX('', 'e', 0)", "NULL"),
        ("SPLIT('abc', '')", "[a, b, c]"),
        ("SPLIT('abc', ';')", "[abc]"),
        ("SPLIT(',a,', ',')", "[, a, ]"),
        ("SPLIT('', ',')", "[]"),
        ("SPLIT('a', NULL)", "NULL"),
        ("ELT(1, 'scala')", "scala"),
        ("ELT(0, 'a')", "NULL"),
        ("ELT(4, 'a', 'b', 'c')", "NULL"),
        ("ELT(CAST(NULL AS INT), 'a')", "NULL"),
        ("ELT(2, 'a', NULL)", "NULL"),
        ("DECODE(ELT(1, ENCODE('a', 'UTF-8')), 'UTF-8')", "a"),
        ("STR_TO_MAP('k1:v1;k2: v2', ';', ':')", "{k1=v1, k2= v2}"),
        ("STR_TO_MAP('k1$$v1|k2$$ v2', '\\|', '\\$\\$')", "{k1=v1, k2= v2}"),
        ("STR_TO_MAP('a=1,a=2,b')", "{a=2, b=NULL}"),
        ("STR_TO_MAP('')", "{}"),
        ("STR_TO_MAP(NULL)", "NULL"),
    ]);
}

#[test]
fn expressions_find_what_they_say() {
    check(&[
        ("REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)')", "foothebar"),
        ("REGEXP_EXTRACT('foothebar', 'foo([\\d]+)', 1)", "NULL"),
        ("REGEXP_EXTRACT('foothebar', 'foo', 7)", "NULL"),
        ("REGEXP_EXTRACT('a', '(')", "error: '(' is no regular expression: unclosed group"),
        ("REGEXP_EXTRACT_ALL('100-200, 300-400', '(\\d+)-(\\d+)')", "[100, 300]"),
        ("REGEXP_EXTRACT_ALL('100-200, 300-400', '(\\d+)-(\\d+)', 0)", "[100-200, 300-400]"),
        ("REGEXP_EXTRACT_ALL('abc', '\\d', 0)", "[]"),
        ("REGEXP_EXTRACT_ALL('abc', '(\\d)', 2)", "NULL"),
        ("REGEXP_EXTRACT_ALL('abc', '(', 0)", "NULL"),
        ("REGEXP_EXTRACT_ALL('abc', NULL, 0)", "NULL"),
        ("REGEXP_REPLACE('foobar', 'oo|ar', 'abc')", "fabcbabc"),
        ("REGEXP_REPLACE('fooobar', 'oo', '$1')", "f$1obar"),
        ("REGEXP('100-200', '(\\d+)')", "TRUE"),
        ("REGEXP('abc', '')", "FALSE"),
        ("REGEXP(NULL, 'a')", "NULL"),
        ("REGEXP_COUNT('öaöa', 'ö')", "2"),
        ("REGEXP_COUNT('abc', '(')", "NULL"),
        ("REGEXP_INSTR('öäü', 'ü')", "3"),
        ("REGEXP_INSTR('abc', 'x')", "0"),
        ("REGEXP_SUBSTR('abc', 'x')", "NULL"),
        ("SIMILAR('*_This', '&*&__*', '&')", "TRUE"),
        ("SIMILAR('This is a test', '_*')", "TRUE"),
        ("SIMILAR('a.c', 'a.c')", "TRUE"),
        ("SIMILAR('abc', 'a.c')", "TRUE"),
        ("SIMILAR('abc', '(a|x)%')", "TRUE"),
        ("SIMILAR('abc', 'b')", "FALSE"),
        ("SIMILAR('a', 'a', 'ab')", "error: ESCAPE takes one letter"),
    ]);
}

#[test]
fn formats_are_filled_as_java_fills_them() {
    check(&[
        ("PRINTF('%s|%5s|%-5s|%.2s', 'a', 'b', 'c', 'def')", "a|    b|c    |de"),
        ("PRINTF('%d|%05d|%,d|%+d|%(d', 1, -2, 1234567, 3, -4)", "1|-0002|1,234,567|+3|(4)"),
        ("PRINTF('%x|%X|%08x|%o', 255, 255, 255, 8)", "ff|FF|000000ff|10"),
        (
            "PRINTF('%.1f|%8.3f|%e', CAST(0.25 AS DOUBLE), CAST(3.14159 AS DOUBLE), CAST(12345.678 AS DOUBLE))",
            "0.3|   3.142|1.234568e+04",
        ),
        ("PRINTF('%.2f|%.0f', 2.345, -0.5)", "2.35|-1"),
        ("PRINTF('%2$s %1$s %b %c', 'a', 'b')", "b a true b"),
        ("PRINTF('%s %d', NULL, NULL)", "null null"),
        ("PRINTF('%b%%%n', TRUE)", "true%\n"),
        ("PRINTF('%d', 'a')", "NULL"),
        ("PRINTF('%d')", "NULL"),
        ("PRINTF('%y', 1)", "NULL"),
        ("PRINTF(NULL, 1)", "NULL"),
        ("PRINTF('%s', SPLIT('a,b', ','))", "[a, b]"),
    ]);
}

#[test]
fn texts_are_written_in_other_ways() {
    check(&[
        ("ASCII('')", "0"),
        ("CHR(-9)", ""),
        ("CHR(300)", ","),
        ("CHR(149)", "\u{95}"),
        ("CHR(CAST(NULL AS BIGINT))", "NULL"),
        ("TO_BASE64('你好')", "5L2g5aW9"),
        ("TO_BASE64(UNHEX('01020304'))", "AQIDBA=="),
        ("FROM_BASE64('aGVsbG8gd29ybGQ=')", "hello world"),
        ("FROM_BASE64('')", ""),
        ("DECODE(ENCODE('aé世', 'US-ASCII'), 'US-ASCII')", "a??"),
        ("DECODE(ENCODE('aé世', 'iso-8859-1'), 'ISO-8859-1')", "aé?"),
        ("DECODE(ENCODE('a😀', 'UTF-16'), 'UTF-16')", "a😀"),
        ("HEX(ENCODE('a', 'UTF-16'))", "FEFF0061"),
        (
            "ENCODE('a', 'EBCDIC')",
            "error: there is no character set 'EBCDIC'; there are US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE and UTF-16",
        ),
        ("DECODE(NULL, 'UTF-8')", "NULL"),
        ("HEX(100)", "64"),
        ("HEX(-1)", "FFFFFFFFFFFFFFFF"),
        ("HEX('ö')", "C3B6"),
        ("HEX(UNHEX('ABC'))", "00BC"),
        ("UNHEX('4Z')", "NULL"),
        ("BIN(-1)", "1111111111111111111111111111111111111111111111111111111111111111"),
        ("BIN(0)", "0"),
        ("IS_VALID_UTF8(ENCODE('世', 'UTF-8'))", "TRUE"),
        ("INET_ATON('127.1')", "2130706433"),
        ("INET_ATON('256.0.0.1')", "NULL"),
        ("INET_ATON('a')", "NULL"),
        ("INET_NTOA(4294967295)", "255.255.255.255"),
        ("INET_NTOA(-1)", "NULL"),
        ("URL_ENCODE('')", ""),
        ("URL_DECODE('%zz')", "NULL"),
        ("URL_DECODE('a%2')", "NULL"),
        ("SHA2('test', NULL)", "NULL"),
        ("SHA2('test', 1)", "error: SHA2 makes 224, 256, 384 or 512 bits, not 1"),
        ("MD5('')", "d41d8cd98f00b204e9800998ecf8427e"),
        ("MD5(CAST(NULL AS BYTES))", "NULL"),
    ]);
    let error = value_of("FROM_BASE64('%')").unwrap_err().to_string();
    assert!(error.starts_with("'%' is not written in base 64"), "{error}");
}

#[test]
fn urls_have_the_parts_that_java_finds() {
    let parts = ["HOST", "PATH", "QUERY", "REF", "PROTOCOL", "FILE", "AUTHORITY", "USERINFO"];
    let check_url = |url: &str, expected: [&str; 9]| {
        let calls = parts.iter().map(|part| format!("PARSE_URL('{url}', '{part}')"));
        let calls: Vec<String> = calls.chain([format!("PARSE_URL('{url}', 'QUERY', 'query')")]).collect();
        for (call, expected) in calls.iter().zip(expected) {
            check(&[(call.as_str(), expected)]);
        }
    };
    check_url(
        "http://userinfo@flink.apache.org/path?query=1#Ref",
        [
            "flink.apache.org",
            "/path",
            "query=1",
            "Ref",
            "http",
            "/path?query=1",
            "userinfo@flink.apache.org",
            "userinfo",
            "1",
        ],
    );
    check_url(
        "https://use%20r:pas%20s@example.com/dir%20/pa%20th.HTML?query=x%20y&q2=2#Ref%20two",
        [
            "example.com",
            "/dir%20/pa%20th.HTML",
            "query=x%20y&q2=2",
            "Ref%20two",
            "https",
            "/dir%20/pa%20th.HTML?query=x%20y&q2=2",
            "use%20r:pas%20s@example.com",
            "use%20r:pas%20s",
            "x%20y",
        ],
    );
    check_url(
        "http://user:pass@host",
        ["host", "", "NULL", "NULL", "http", "", "user:pass@host", "user:pass", "NULL"],
    );
    check_url(
        "http://user:pass@host/?#",
        ["host", "/", "", "", "http", "/?", "user:pass@host", "user:pass", "NULL"],
    );
    check_url("invalid://user:pass@host/file", ["NULL"; 9]);
    check(&[
        ("PARSE_URL('http://h:80/p', 'HOST')", "h"),
        ("PARSE_URL('http://h:x/p', 'HOST')", "NULL"),
        ("PARSE_URL('http://[::1]:80/p', 'HOST')", "[::1]"),
        ("PARSE_URL('http://h/p', 'PORT')", "NULL"),
        ("PARSE_URL(NULL, 'HOST')", "NULL"),
    ]);
}
