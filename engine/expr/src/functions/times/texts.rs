//! Times as text, and texts as times.

use std::ops::RangeInclusive;
use std::sync::Arc;

use arrow_array::StringViewArray;
use arrow_array::types::Int64Type;
use arrow_schema::{DataType, TimeUnit};
use chrono::NaiveDateTime;
use memory::Excerpts;

use super::moments::{Moment, Moments, made};
use super::parse::{Parsed, written};
use super::pattern::Pattern;
use crate::error::ExprError;
use crate::functions::arguments::{Arguments, Meaning, Texts};
use crate::functions::{Answer, Function, Gives, Kind, LONG, Site, TEXT, Takes, function};
use crate::zone::Zone;

type Patterns = Meaning<Pattern>;

const ONE_OR_TWO: Takes = Takes::These(&[Kind::Text, Kind::Text], 1);
const LOCAL: Gives = Gives::By(|_, _| Some(DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()))));

/// All of them.
pub(in crate::functions) const ALL: &[Function] = &[
    function!("DATE_FORMAT", Takes::These(&[Kind::Written, Kind::Text], 0) => TEXT,
        "A time as text, by a pattern of letters as in Java: yyyy, MM, dd, HH, mm, ss, SSS.",
        "DATE_FORMAT(TIMESTAMP '2026-11-27 12:30:45', 'yyyy-MM-dd HH:mm')" = "2026-11-27 12:30",
        with second, date_format),
    function!("FROM_UNIXTIME", Takes::These(&[Kind::Long, Kind::Text], 1) => TEXT,
        "The time of so many seconds since 1970 as text, by a pattern.",
        "FROM_UNIXTIME(44)" = "1970-01-01 00:00:44", with second, from_unixtime),
    function!("UNIX_TIMESTAMP", Takes::These(&[Kind::Written, Kind::Text, Kind::Text], 2) => LONG,
        "Seconds from 1970 to a time, or to a text that is one by a pattern and in a zone; what is none is -9223372036854775808.",
        "UNIX_TIMESTAMP('1970-01-01 08:00:01.001 +0800', 'yyyy-MM-dd HH:mm:ss.SSS X')" = "1",
        with local, unix_timestamp),
    function!("TO_TIMESTAMP", ONE_OR_TWO => Gives::Always(Kind::Time),
    "The time that a text is, by a pattern; null if it is none.",
    "TO_TIMESTAMP('20170915000000', 'yyyyMMddHHmmss')" = "2017-09-15 00:00:00.000",
    with second, |patterns: &Patterns, a: &Arguments| {
        let text = a.text(0);
        made(a, |row| Ok(parsed(patterns, a, text, row)?.map(|parsed| Moment::of_naive(parsed.time))))
    }),
    function!("TO_DATE", ONE_OR_TWO => Gives::By(|_, _| Some(DataType::Date32)),
        "The day that a text is, by a pattern; null if it is none.",
    "TO_DATE('2017-09-15 00:00:00')" = "2017-09-15", with second, |patterns: &Patterns, a: &Arguments| {
        let text = a.text(0);
        made(a, |row| Ok(parsed(patterns, a, text, row)?.map(|parsed| Moment::of_naive(parsed.time))))
    }),
    function!("TO_TIMESTAMP_LTZ", Takes::By("BIGINT [, INT], or STRING [, STRING [, STRING]]", local_types) => LOCAL,
        "The time of so many seconds (0) or milliseconds (3) since 1970, or that a text is, by a pattern and in a zone.",
        "TO_TIMESTAMP_LTZ(100, 0)" = "1970-01-01 00:01:40.000", with local, to_local),
    function!("CONVERT_TZ", Takes::These(&[Kind::Text, Kind::Text, Kind::Text], 0) => TEXT,
        "What clocks of a second zone show when those of a first one show a time.",
        "CONVERT_TZ('1970-01-01 00:00:00', 'UTC', 'America/Los_Angeles')" = "1969-12-31 16:00:00",
        with both_zones, convert),
    function!("TO_TIMESTAMP_MS", Takes::These(&[Kind::Long], 0) => Gives::Always(Kind::Time),
    "The time of so many milliseconds since 1970.",
    "TO_TIMESTAMP_MS(86400000)" = "1970-01-02 00:00:00.000", |a: &Arguments| {
        let value = a.long(0);
        made(a, |row| Ok(value.at(row).map(|milliseconds| Moment::of(milliseconds, 1_000))))
    }),
];

fn second(site: &Site) -> Result<Patterns, ExprError> {
    Meaning::of(site, 1, Pattern::of)
}

/// As SQL writes a time, with whole seconds.
fn push(time: NaiveDateTime, out: &mut String) {
    use std::fmt::Write;
    // Writing to a text does not fail.
    let _ = write!(out, "{}", time.format("%Y-%m-%d %H:%M:%S"));
}

fn date_format(patterns: &Patterns, a: &Arguments) -> Answer {
    let text = a.array(0).0.data_type().is_string().then(|| a.text(0));
    let moments = if text.is_none() { Some(Moments::of(a, 0)?) } else { None };
    if let (Some(pattern), Some(moments)) = (patterns.of_all(), &moments) {
        return printed(pattern, moments, a);
    }
    a.texts(|row, out| {
        let time = match (text, &moments) {
            (Some(text), _) => text.at(row).and_then(written),
            (None, Some(moments)) => moments.at(row).map(Moment::naive).transpose()?,
            (None, None) => None,
        };
        let Some(time) = time else { return Ok(None) };
        patterns.at(a, row, |pattern| {
            pattern.print(time, 0, out);
            Ok(Some(()))
        })
    })
}

/// Times by one pattern. Rows mostly come in the order of time, and all of a day or a minute have one text: what was printed last
/// is there again where it is the same.
fn printed(pattern: &Pattern, moments: &Moments, a: &Arguments) -> Answer {
    let none = StringViewArray::new_null(0);
    let mut texts = Excerpts::of(&none, a.rows());
    let span = pattern.same_for_seconds();
    let (mut same, mut text) = (0..0, String::new());
    for row in 0..a.rows() {
        match moments.ticks_at(row) {
            None => texts.null(),
            Some(ticks) if same.contains(&ticks) => texts.again(),
            Some(ticks) => {
                text.clear();
                pattern.print(moments.moment(ticks).naive()?, 0, &mut text);
                texts.text(&text);
                same = span.map_or(0..0, |span| moments.within(ticks, span));
            }
        }
    }
    Ok(a.finish(Arc::new(texts.finish())))
}

fn from_unixtime(patterns: &Patterns, a: &Arguments) -> Answer {
    let seconds = a.long(0);
    a.texts(|row, out| {
        let Some(seconds) = seconds.at(row) else { return Ok(None) };
        let time = Moment { seconds, nanos: 0 }.naive()?;
        if a.len() == 1 {
            push(time, out);
            return Ok(Some(()));
        }
        patterns.at(a, row, |pattern| {
            pattern.print(time, 0, out);
            Ok(Some(()))
        })
    })
}

/// What stands behind the time in a text counts for nothing, as in Flink.
fn unix_timestamp(known: &Local, a: &Arguments) -> Answer {
    if !a.array(0).0.data_type().is_string() {
        let moments = Moments::of(a, 0)?;
        return a.each::<Int64Type>(|row| Ok(moments.at(row).map(|moment| moment.seconds)));
    }
    let text = a.text(0);
    let seconds = |parsed: Parsed, row| {
        let instant = known.instant(parsed, a, row)?;
        Ok(instant.map_or(i64::MIN, |instant| instant.seconds))
    };
    a.each::<Int64Type>(|row| {
        let Some(text) = text.at(row) else { return Ok(None) };
        let parsed = match a.len() {
            1 => Some(written(text).map(|time| Parsed { time, ahead: None })),
            _ => known.patterns.at(a, row, |pattern| Ok(Some(pattern.parse(text, false))))?,
        };
        let Some(parsed) = parsed else { return Ok(None) };
        parsed.map_or(Ok(i64::MIN), |parsed| seconds(parsed, row)).map(Some)
    })
}

/// The time that a text is, by the pattern behind it if there is one. A day may have more behind it.
fn parsed(
    patterns: &Patterns,
    a: &Arguments,
    text: Texts<'_>,
    row: usize,
) -> Result<Option<Parsed>, ExprError> {
    let Some(text) = text.at(row) else { return Ok(None) };
    let is_whole = *a.result() != DataType::Date32;
    match a.len() {
        1 => Ok(written(text).map(|time| Parsed { time, ahead: None })),
        _ => patterns.at(a, row, |pattern| Ok(pattern.parse(text, is_whole))),
    }
}

fn local_types(types: &[DataType]) -> Option<Vec<DataType>> {
    // Seconds may have a fraction.
    let signatures: [&[Kind]; 3] =
        [&[Kind::Long, Kind::Whole], &[Kind::Double, Kind::Whole], &[Kind::Text, Kind::Text, Kind::Text]];
    let fits = |kinds: &&[Kind]| {
        let all = kinds.iter().zip(types).all(|(kind, data_type)| kind.takes(data_type));
        all && (1..=kinds.len()).contains(&types.len())
    };
    let kinds = signatures.into_iter().find(|kinds| fits(kinds))?;
    Some(kinds.iter().zip(types).map(|(kind, data_type)| kind.data_type(data_type)).collect())
}

/// A pattern and a zone.
struct Local {
    patterns: Patterns,
    zones: Meaning<Zone>,
}

fn local(site: &Site) -> Result<Local, ExprError> {
    Ok(Local { patterns: second(site)?, zones: Meaning::of(site, 2, Zone::of)? })
}

impl Local {
    /// The instant of a time that was read: by the zone that stands in the text, or by the third argument, or by UTC.
    fn instant(&self, parsed: Parsed, a: &Arguments, row: usize) -> Result<Option<Moment>, ExprError> {
        let local = Moment::of_naive(parsed.time);
        let instant = match (parsed.ahead, a.len()) {
            (Some(ahead), _) => Some(local.seconds - i64::from(ahead)),
            (None, 3) => self.zones.at(a, row, |zone| Ok(zone.instant(local.seconds)))?,
            (None, _) => Some(local.seconds),
        };
        Ok(instant.map(|seconds| Moment { seconds, ..local }))
    }
}

fn to_local(known: &Local, a: &Arguments) -> Answer {
    if !a.array(0).0.data_type().is_string() {
        return of_number(a);
    }
    let text = a.text(0);
    made(a, |row| {
        let Some(parsed) = parsed(&known.patterns, a, text, row)? else { return Ok(None) };
        known.instant(parsed, a, row)
    })
}

/// The seconds of the years 0 to 9999: a number of any other is null, as in Flink.
const FOUR_DIGITS: RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

fn of_number(a: &Arguments) -> Answer {
    let precision = a.whole_if(1);
    let whole = (*a.array(0).0.data_type() == DataType::Int64).then(|| a.long(0));
    let float = whole.is_none().then(|| a.double(0));
    made(a, |row| {
        let precision = precision.as_ref().map_or(Some(3), |precision| precision.at(row));
        let milliseconds = match precision {
            None => return Ok(None),
            Some(0) => 1_000,
            Some(3) => 1,
            Some(other) => {
                return Err(ExprError::Value(format!("TO_TIMESTAMP_LTZ takes 0 or 3 digits, not {other}")));
            }
        };
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds have no fraction here")]
        let of_float = |value: f64| (value * f64::from(milliseconds)) as i64;
        let ticks = match (&whole, &float) {
            (Some(whole), _) => whole.at(row).map(|ticks| ticks.checked_mul(i64::from(milliseconds))),
            (None, Some(float)) => float.at(row).map(|value| Some(of_float(value))),
            (None, None) => None,
        };
        let moment = ticks.flatten().map(|ticks| Moment::of(ticks, 1_000));
        Ok(moment.filter(|moment| FOUR_DIGITS.contains(&moment.seconds)))
    })
}

/// From where to where.
struct Zones {
    from: Meaning<Zone>,
    to: Meaning<Zone>,
}

fn both_zones(site: &Site) -> Result<Zones, ExprError> {
    Ok(Zones { from: Meaning::of(site, 1, Zone::of)?, to: Meaning::of(site, 2, Zone::of)? })
}

fn convert(zones: &Zones, a: &Arguments) -> Answer {
    let text = a.text(0);
    a.texts(|row, out| {
        let Some(time) = text.at(row).and_then(written) else { return Ok(None) };
        zones.from.at(a, row, |from| {
            zones.to.at(a, row, |to| {
                let instant = from.instant(Moment::of_naive(time).seconds);
                let Some(seconds) = instant.and_then(|instant| to.local(instant)) else { return Ok(None) };
                push(Moment { seconds, nanos: 0 }.naive()?, out);
                Ok(Some(()))
            })
        })
    })
}
