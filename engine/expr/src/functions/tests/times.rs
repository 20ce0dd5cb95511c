//! Times: before 1970, ends of months, patterns, zones.

use chrono::{Datelike, NaiveDate};
use proptest::prelude::*;

use super::reader::{check, value_of};

#[test]
fn times_have_parts() {
    check(&[
        ("`EXTRACT`('MILLENNIUM', DATE '1996-11-10')", "2"),
        ("`EXTRACT`('CENTURY', DATE '2000-01-01')", "20"),
        ("`EXTRACT`('CENTURY', DATE '2001-01-01')", "21"),
        ("`EXTRACT`('DECADE', DATE '1996-11-10')", "199"),
        ("`EXTRACT`('WEEK', DATE '1996-11-10')", "45"),
        ("`EXTRACT`('DOY', DATE '1996-11-10')", "315"),
        ("`EXTRACT`('DOW', DATE '1996-11-10')", "1"),
        ("`EXTRACT`('ISODOW', DATE '1996-11-10')", "7"),
        ("`EXTRACT`('ISOYEAR', DATE '2021-01-01')", "2020"),
        ("`EXTRACT`('MILLISECOND', TIMESTAMP '1996-11-10 06:55:44.333')", "333"),
        ("`EXTRACT`('NANOSECOND', TIMESTAMP '1996-11-10 06:55:44.333')", "333000000"),
        ("`EXTRACT`('EPOCH', TIMESTAMP '1969-12-31 23:59:59')", "-1"),
        ("`EXTRACT`('DAY', INTERVAL '30' HOUR)", "1"),
        ("`EXTRACT`('HOUR', INTERVAL '30' HOUR)", "6"),
        ("`EXTRACT`('MONTH', INTERVAL '25' MONTH)", "1"),
        ("`EXTRACT`('YEAR', INTERVAL '25' MONTH)", "2"),
        ("`EXTRACT`('QUARTER', INTERVAL '25' MONTH)", "1"),
        (
            "`EXTRACT`('FORTNIGHT', DATE '1996-11-10')",
            "error: there is no unit of time 'FORTNIGHT'; there are YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND and others",
        ),
        ("HOUR(TIME '06:55:44')", "6"),
        ("SECOND(TIMESTAMP '1969-12-31 23:59:59.5')", "59"),
        ("YEAR(NULL)", "NULL"),
        ("QUARTER(DATE '1997-04-27')", "2"),
    ]);
}

#[test]
fn times_are_cut() {
    let time = "TIMESTAMP '1996-11-10 06:55:44.333'";
    for (unit, floor, ceil) in [
        ("MILLENNIUM", "1001-01-01 00:00:00", "2001-01-01 00:00:00"),
        ("CENTURY", "1901-01-01 00:00:00", "2001-01-01 00:00:00"),
        ("DECADE", "1990-01-01 00:00:00", "2000-01-01 00:00:00"),
        ("YEAR", "1996-01-01 00:00:00", "1997-01-01 00:00:00"),
        ("QUARTER", "1996-10-01 00:00:00", "1997-01-01 00:00:00"),
        ("MONTH", "1996-11-01 00:00:00", "1996-12-01 00:00:00"),
        ("WEEK", "1996-11-10 00:00:00", "1996-11-17 00:00:00"),
        ("DAY", "1996-11-10 00:00:00", "1996-11-11 00:00:00"),
        ("HOUR", "1996-11-10 06:00:00", "1996-11-10 07:00:00"),
        ("MINUTE", "1996-11-10 06:55:00", "1996-11-10 06:56:00"),
        ("SECOND", "1996-11-10 06:55:44", "1996-11-10 06:55:45"),
    ] {
        check(&[
            (&format!("FLOOR_TIME({time}, '{unit}')"), &format!("{floor}.000000")),
            (&format!("CEIL_TIME({time}, '{unit}')"), &format!("{ceil}.000000")),
        ]);
    }
    check(&[
        ("CEIL_TIME(DATE '1996-11-10', 'YEAR')", "1997-01-01"),
        ("CEIL_TIME(DATE '1996-11-01', 'MONTH')", "1996-11-01"),
        ("FLOOR_TIME(DATE '1996-11-10', 'MONTH')", "1996-11-01"),
        ("FLOOR_TIME(TIME '12:44:31', 'MINUTE')", "12:44:00"),
        ("CEIL_TIME(TIME '12:44:31', 'MINUTE')", "12:45:00"),
        ("FLOOR_TIME(TIMESTAMP '1969-12-31 23:59:59.9', 'HOUR')", "1969-12-31 23:00:00.000000"),
        ("FLOOR_TIME(NULL, 'HOUR')", "NULL"),
        ("FLOOR_TIME(DATE '1996-11-10', 'DOW')", "error: a time is not cut by DayOfWeek"),
    ]);
}

#[test]
fn times_move_by_units() {
    let time = "TIMESTAMP '2017-11-29 22:58:58.998'";
    for (unit, count, expected) in [
        ("YEAR", -1000, "1017-11-29 22:58:58.998000"),
        ("QUARTER", 1, "2018-02-28 22:58:58.998000"),
        ("SQL_TSI_MONTH", 3, "2018-02-28 22:58:58.998000"),
        ("MONTH", -1000, "1934-07-29 22:58:58.998000"),
        ("WEEK", -61, "2016-09-28 22:58:58.998000"),
        ("DAY", -1000, "2015-03-05 22:58:58.998000"),
        ("HOUR", 3, "2017-11-30 01:58:58.998000"),
        ("MINUTE", -61, "2017-11-29 21:57:58.998000"),
        ("SECOND", 3, "2017-11-29 22:59:01.998000"),
    ] {
        check(&[(&format!("`TIMESTAMPADD`('{unit}', {count}, {time})"), expected)]);
    }
    check(&[
        ("`TIMESTAMPADD`('MONTH', 1, DATE '2016-05-31')", "2016-06-30"),
        ("`TIMESTAMPADD`('MONTH', -1, DATE '2016-03-31')", "2016-02-29"),
        ("`TIMESTAMPADD`('WEEK', -1, DATE '2016-03-31')", "2016-03-24"),
        ("`TIMESTAMPADD`('HOUR', 1, DATE '2016-03-31')", "error: a DATE has no Hour; CAST it to a TIMESTAMP"),
        ("`TIMESTAMPADD`('SECOND', 1, TIME '23:59:59')", "00:00:00"),
        ("`TIMESTAMPADD`('MINUTE', -1, TIME '00:00:59')", "23:59:59"),
        ("`TIMESTAMPADD`('MONTH', 6, TIME '23:59:59')", "23:59:59"),
        ("`TIMESTAMPADD`('DAY', NULL, DATE '2016-03-31')", "NULL"),
        ("`TIMESTAMPADD`('YEAR', 9000000000, DATE '2016-03-31')", "error: a time is out of the calendar"),
        ("`TIMESTAMPDIFF`('DAY', TIMESTAMP '2016-06-15 11:00:00', DATE '2016-06-19')", "3"),
        ("`TIMESTAMPDIFF`('HOUR', DATE '2016-06-15', DATE '2016-06-12')", "-72"),
        ("`TIMESTAMPDIFF`('WEEK', DATE '2016-08-15', DATE '2016-06-18')", "-8"),
        ("`TIMESTAMPDIFF`('MONTH', TIMESTAMP '2016-06-15 11:00:00', DATE '2018-05-19')", "23"),
        ("`TIMESTAMPDIFF`('MONTH', DATE '2018-03-18', DATE '2016-06-15')", "-21"),
        ("`TIMESTAMPDIFF`('MONTH', DATE '2016-01-31', DATE '2016-02-29')", "1"),
        ("`TIMESTAMPDIFF`('QUARTER', DATE '2016-06-15', DATE '2018-03-18')", "7"),
        ("`TIMESTAMPDIFF`('YEAR', DATE '2016-06-15', DATE '2018-06-14')", "1"),
        ("`TIMESTAMPDIFF`('DAY', NULL, DATE '2016-06-19')", "NULL"),
        (
            "`TIMESTAMPDIFF`('NANOSECOND', DATE '1970-01-01', DATE '2016-06-19')",
            "error: 1466294400000000000 units do not fit an INT",
        ),
    ]);
}

#[test]
fn spans_overlap_if_they_share_a_time() {
    check(&[
        ("`OVERLAPS`(TIME '02:55:00', INTERVAL '1' HOUR, TIME '03:30:00', INTERVAL '2' HOUR)", "TRUE"),
        ("`OVERLAPS`(TIME '09:00:00', TIME '09:30:00', TIME '09:29:00', TIME '09:31:00')", "TRUE"),
        ("`OVERLAPS`(TIME '09:00:00', TIME '10:00:00', TIME '10:15:00', INTERVAL '3' HOUR)", "FALSE"),
        ("`OVERLAPS`(DATE '2011-03-10', INTERVAL '1' MONTH, DATE '2011-04-10', INTERVAL '10' DAY)", "TRUE"),
        (
            "`OVERLAPS`(TIMESTAMP '2011-03-10 05:02:02', INTERVAL '0' SECOND, TIMESTAMP '2011-03-10 05:02:02', TIMESTAMP '2011-03-10 05:02:01')",
            "TRUE",
        ),
        ("`OVERLAPS`(DATE '2011-03-10', NULL, DATE '2011-04-10', INTERVAL '10' DAY)", "NULL"),
    ]);
}

#[test]
fn times_are_written_by_patterns() {
    let time = "TIMESTAMP '2026-01-05 00:07:09.123'";
    for (pattern, expected) in [
        ("yyyy-MM-dd HH:mm:ss.SSS", "2026-01-05 00:07:09.123"),
        ("yy/M/d h:m:s a", "26/1/5 12:7:9 AM"),
        ("EEE, dd MMM yyyy", "Mon, 05 Jan 2026"),
        ("EEEE d MMMM", "Monday 5 January"),
        ("''yyyy'' 'x' ''''HH", "'2026' x ''00"),
        ("DDD Q k K", "005 1 24 0"),
        ("HH:mm XXX Z", "00:07 Z +0000"),
        ("yyyy年", "2026年"),
    ] {
        let pattern = pattern.replace('\'', "''");
        check(&[(&format!("DATE_FORMAT({time}, '{pattern}')"), expected)]);
    }
    check(&[
        ("DATE_FORMAT(TIMESTAMP '2026-01-05 00:00:00', 'yyyy ''o''''clock''')", "2026 o'clock"),
        ("DATE_FORMAT(DATE '2026-01-05', 'yyyyMMdd')", "20260105"),
        ("DATE_FORMAT('2026-01-05 12:30', 'HH')", "12"),
        ("DATE_FORMAT('never', 'HH')", "NULL"),
        ("DATE_FORMAT(DATE '2026-01-05', NULL)", "NULL"),
        ("DATE_FORMAT(DATE '2026-01-05', 'b')", "error: 'b' means nothing in the pattern 'b'"),
        ("FROM_UNIXTIME(-1)", "1969-12-31 23:59:59"),
        ("FROM_UNIXTIME(44, 'mm:ss')", "00:44"),
        ("FROM_UNIXTIME(NULL)", "NULL"),
        (
            "FROM_UNIXTIME(9223372036854775807)",
            "error: 9223372036854775807 seconds since 1970 are out of the calendar",
        ),
    ]);
}

#[test]
fn texts_are_read_by_patterns() {
    check(&[
        ("TO_TIMESTAMP('abc')", "NULL"),
        ("TO_TIMESTAMP('2017-09-15 00:00:00')", "2017-09-15 00:00:00.000"),
        ("TO_TIMESTAMP('2017-9-5T1:2:3.4567')", "2017-09-05 01:02:03.456"),
        ("TO_TIMESTAMP('2017-09-15', 'yyyy-MM-dd')", "2017-09-15 00:00:00.000"),
        ("TO_TIMESTAMP('2017-09-15 10', 'yyyy-MM-dd')", "NULL"),
        ("TO_TIMESTAMP('2017-02-30')", "NULL"),
        ("TO_TIMESTAMP('5 Jan 2026 3:04 PM', 'd MMM yyyy h:mm a')", "2026-01-05 15:04:00.000"),
        ("TO_TIMESTAMP('05/12/99', 'dd/MM/yy')", "2099-12-05 00:00:00.000"),
        ("TO_TIMESTAMP('2026-005', 'yyyy-DDD')", "2026-01-05 00:00:00.000"),
        ("TO_TIMESTAMP('20260105123045678', 'yyyyMMddHHmmssSSS')", "2026-01-05 12:30:45.678"),
        ("TO_TIMESTAMP(NULL)", "NULL"),
        ("TO_DATE('2017-09-15')", "2017-09-15"),
        ("TO_DATE('15.09.2017 later', 'dd.MM.yyyy')", "2017-09-15"),
        ("TO_DATE('never')", "NULL"),
        ("UNIX_TIMESTAMP('1970-01-01 00:00:01')", "1"),
        ("UNIX_TIMESTAMP('1970-01-01 08:00:01.001', 'yyyy-MM-dd HH:mm:ss.SSS')", "28801"),
        ("UNIX_TIMESTAMP('1970-01-01 08:00:01.001 +0800', 'yyyy-MM-dd HH:mm:ss.SSS')", "28801"),
        ("UNIX_TIMESTAMP('1970-01-01 08:00:01.001', 'yyyy-MM-dd HH:mm:ss.SSS X')", "-9223372036854775808"),
        ("UNIX_TIMESTAMP(TIMESTAMP '1970-01-02 00:00:00')", "86400"),
        ("TO_TIMESTAMP_LTZ(4001, 3)", "1970-01-01 00:00:04.001"),
        ("TO_TIMESTAMP_LTZ(-1)", "1969-12-31 23:59:59.999"),
        ("TO_TIMESTAMP_LTZ(253402300799999, 3)", "9999-12-31 23:59:59.999"),
        ("TO_TIMESTAMP_LTZ(253402300800000, 3)", "NULL"),
        ("TO_TIMESTAMP_LTZ(9223372036854775807, 0)", "NULL"),
        ("TO_TIMESTAMP_LTZ(1, 6)", "error: TO_TIMESTAMP_LTZ takes 0 or 3 digits, not 6"),
        (
            "TO_TIMESTAMP_LTZ('2023-01-01 00:00:00', 'yyyy-MM-dd HH:mm:ss', 'Asia/Shanghai')",
            "2022-12-31 16:00:00.000",
        ),
        ("TO_TIMESTAMP_LTZ('2023-01-01 00:00:00')", "2023-01-01 00:00:00.000"),
        ("TO_TIMESTAMP_LTZ(CAST(1.5 AS DOUBLE), 0)", "1970-01-01 00:00:01.500"),
        ("TO_TIMESTAMP_LTZ(NULL, 0)", "NULL"),
    ]);
}

#[test]
fn clocks_of_zones_differ() {
    check(&[
        ("CONVERT_TZ('2026-07-01 12:00:00', 'America/Los_Angeles', 'UTC')", "2026-07-01 19:00:00"),
        ("CONVERT_TZ('2026-07-01 12:00:00', 'GMT-08:00', 'GMT+1')", "2026-07-01 21:00:00"),
        ("CONVERT_TZ('2026-07-01 12:00:00', 'PST', 'JST')", "2026-07-02 04:00:00"),
        // An hour that is not there, and one that is there twice.
        ("CONVERT_TZ('2026-03-29 02:30:00', 'Europe/Berlin', 'UTC')", "2026-03-29 01:30:00"),
        ("CONVERT_TZ('2026-10-25 02:30:00', 'Europe/Berlin', 'UTC')", "2026-10-25 00:30:00"),
        ("CONVERT_TZ('never', 'UTC', 'UTC')", "NULL"),
        (
            "CONVERT_TZ('2026-07-01 12:00:00', 'Mars', 'UTC')",
            "error: there is no time zone 'Mars'; zones are written as 'America/Los_Angeles' or 'GMT-08:00'",
        ),
    ]);
}

#[test]
fn instants_are_read_by_clocks_of_a_zone() {
    check(&[
        ("TO_LOCAL(TO_TIMESTAMP_LTZ(1774746000000, 3), 'Europe/Berlin')", "2026-03-29 03:00:00.000"),
        ("TO_LOCAL(TO_TIMESTAMP_LTZ(-1, 3), 'Asia/Kolkata')", "1970-01-01 05:29:59.999"),
        ("TO_LOCAL(TO_TIMESTAMP_LTZ(NULL, 3), 'Asia/Kolkata')", "NULL"),
        ("TO_LOCAL(TO_TIMESTAMP_LTZ(0, 3), CAST(NULL AS STRING))", "NULL"),
        ("TO_LOCAL(TO_TIMESTAMP_LTZ(0, 3), 'GMT-01:30')", "1969-12-31 22:30:00.000"),
        ("TO_INSTANT(TIMESTAMP '2026-03-29 02:30:00', 'Europe/Berlin')", "2026-03-29 01:30:00.000000"),
        ("TO_INSTANT(TIMESTAMP '2026-10-25 02:30:00.125', 'Europe/Berlin')", "2026-10-25 00:30:00.125000"),
        (
            "TO_INSTANT(TIMESTAMP '2026-10-25 00:30:00', 'Europe/Berlin', '2026-10-25T00:30:00Z')",
            "2026-10-25 00:30:00.000000",
        ),
        (
            "TO_INSTANT(TIMESTAMP '2026-10-25 00:30:00', 'Europe/Berlin', '2026-10-25')",
            "2026-10-24 22:30:00.000000",
        ),
        ("UNIX_TIMESTAMP('1970-01-01 05:30:01', 'yyyy-MM-dd HH:mm:ss', 'Asia/Kolkata')", "1"),
        ("UNIX_TIMESTAMP('never', 'yyyy-MM-dd HH:mm:ss', 'Asia/Kolkata')", "-9223372036854775808"),
        ("FLOOR_TIME(TIMESTAMP '2026-03-29 10:00:00', 'DAY', 'Europe/Berlin')", "2026-03-28 23:00:00.000000"),
        ("CEIL_TIME(TIMESTAMP '2026-03-29 10:00:00', 'DAY', 'Europe/Berlin')", "2026-03-29 22:00:00.000000"),
        (
            "FLOOR_TIME(TIMESTAMP '2026-10-25 01:30:00', 'HOUR', 'Europe/Berlin')",
            "2026-10-25 01:00:00.000000",
        ),
        ("FLOOR_TIME(TIMESTAMP '1970-01-01 00:00:00', 'HOUR', 'Asia/Kolkata')", "1969-12-31 23:30:00.000000"),
    ]);
}

proptest! {
    /// Against a search, month by month.
    #[test]
    fn months_between_days_are_counted(from in 0_i32..40_000, days in -5_000_i32..5_000) {
        let date = |days: i32| NaiveDate::from_epoch_days(days).unwrap();
        let (one, other) = (date(from), date(from + days));
        let (early, late) = (one.min(other), one.max(other));
        let months = (0..).take_while(|count| early + chrono::Months::new(*count) <= late).count() - 1;
        let sign = if other < one && months > 0 { "-" } else { "" };
        let call = format!("`TIMESTAMPDIFF`('MONTH', DATE '{one}', DATE '{other}')");
        prop_assert_eq!(value_of(&call).unwrap().unwrap(), format!("{sign}{months}"));
    }

    #[test]
    fn what_a_pattern_writes_it_reads(seconds in -60_000_000_000_i64..60_000_000_000) {
        let time = chrono::DateTime::from_timestamp(seconds, 0).unwrap().naive_utc();
        prop_assume!((1..=9999).contains(&time.year()));
        for pattern in ["yyyy-MM-dd HH:mm:ss", "yyyyMMddHHmmss", "d MMMM yyyy h:m:s a", "yyyy-DDD'T'HH:mm:ss"] {
            let written = value_of(&format!("FROM_UNIXTIME({seconds}, '{}')", pattern.replace('\'', "''"))).unwrap().unwrap();
            let read = value_of(&format!("UNIX_TIMESTAMP('{written}', '{}')", pattern.replace('\'', "''"))).unwrap();
            prop_assert_eq!(read, Some(seconds.to_string()), "{} by {}", written, pattern);
        }
    }
}
