//! Times that are moved, cut and compared by units.

use arrow_array::types::Int32Type;
use arrow_array::{Array, Int64Array};
use arrow_schema::DataType;
use chrono::{Datelike, Months, NaiveDate, NaiveDateTime};

use super::moments::{DAY, Moment, Moments, are_months, made, months};
use super::unit::Unit;
use crate::error::ExprError;
use crate::functions::arguments::{Arguments, Meaning};
use crate::functions::{Answer, Function, Gives, Kind, Site, TRUTH, Takes, WHOLE, function};
use crate::zone::Zone;

type Units = Meaning<Unit>;

const CUT: Takes = Takes::These(&[Kind::Moment, Kind::Text, Kind::Text], 1);

/// All of them.
pub(in crate::functions) const ALL: &[Function] = &[
    function!("FLOOR_TIME", CUT => Gives::First,
        "The beginning of the unit that a time is in, by the clocks of a zone: what FLOOR(t TO HOUR) calls.",
    "FLOOR_TIME(TIMESTAMP '2026-11-27 12:30:45.123456', 'HOUR')" = "2026-11-27 12:00:00.000000",
    with cuts, |known: &Cuts, a: &Arguments| known.cut(a, floor)),
    function!("CEIL_TIME", CUT => Gives::First,
        "The same, or the beginning of the next one: what CEIL(t TO HOUR) calls.",
    "CEIL_TIME(TIMESTAMP '2026-11-27 12:30:45.123456', 'MONTH')" = "2026-12-01 00:00:00.000000",
    with cuts, |known: &Cuts, a: &Arguments| known.cut(a, ceil)),
    function!("TIMESTAMPADD", Takes::These(&[Kind::Text, Kind::Long, Kind::Moment], 0) => Gives::By(|types, _| types.get(2).cloned()),
    "A time that is so many units later: what TIMESTAMPADD(MONTH, 3, t) calls. A day that a month does not have is its last one.",
    "`TIMESTAMPADD`('MONTH', 3, DATE '2017-11-30')" = "2018-02-28",
    with |site: &Site| Meaning::of(site, 0, Unit::of), add),
    function!("TIMESTAMPDIFF", Takes::These(&[Kind::Text, Kind::Moment, Kind::Moment], 0) => WHOLE,
    "How many whole units a time is before another: what TIMESTAMPDIFF(DAY, t, u) calls.",
    "`TIMESTAMPDIFF`('HOUR', DATE '2016-06-15', TIMESTAMP '2016-06-16 11:11:11')" = "35",
    with |site: &Site| Meaning::of(site, 0, Unit::of), |units: &Units, a: &Arguments| {
        let (from, to) = (Moments::of(a, 1)?, Moments::of(a, 2)?);
        a.each::<Int32Type>(|row| {
            let Some((from, to)) = from.at(row).zip(to.at(row)) else { return Ok(None) };
            units.at(a, row, |unit| {
                let difference = difference(*unit, from, to)?;
                let too_many = |_| ExprError::Value(format!("{difference} units do not fit an INT"));
                i32::try_from(difference).map(Some).map_err(too_many)
            })
        })
    }),
    function!("OVERLAPS", Takes::By("time, time or interval, time, time or interval", overlaps_types) => TRUTH,
        "Whether two spans, each from a time to another or as long as an interval, share a time: what (a, b) OVERLAPS (c, d) calls.",
        "`OVERLAPS`(DATE '2011-03-10', DATE '2011-03-20', DATE '2011-03-19', DATE '2011-03-29')" = "true",
        overlaps),
];

/// A unit and a zone.
struct Cuts {
    units: Units,
    zones: Meaning<Zone>,
}

fn cuts(site: &Site) -> Result<Cuts, ExprError> {
    Ok(Cuts { units: Meaning::of(site, 1, Unit::of)?, zones: Meaning::of(site, 2, Zone::of)? })
}

impl Cuts {
    fn cut(&self, a: &Arguments, by: fn(Moment, Unit) -> Result<Moment, ExprError>) -> Answer {
        let moments = Moments::of(a, 0)?;
        made(a, |row| {
            let Some(moment) = moments.at(row) else { return Ok(None) };
            self.units.at(a, row, |unit| match a.len() {
                3 => self.zones.at(a, row, |zone| cut_in(*zone, moment, *unit, by).map(Some)),
                _ => by(moment, *unit).map(Some),
            })
        })
    }
}

/// An instant that is cut where clocks show it. Days and more begin when clocks say so; hours and less are as long as ever, also
/// those that come twice.
fn cut_in(
    zone: Zone,
    moment: Moment,
    unit: Unit,
    by: fn(Moment, Unit) -> Result<Moment, ExprError>,
) -> Result<Moment, ExprError> {
    let shown = zone.local(moment.seconds).ok_or_else(out_of_calendar)?;
    let cut = by(Moment { seconds: shown, ..moment }, unit)?;
    let is_short = unit.nanos().is_some_and(|nanos| nanos < i128::from(DAY) * 1_000_000_000);
    let seconds = match is_short {
        true => Some(cut.seconds - (shown - moment.seconds)),
        false => zone.instant(cut.seconds),
    };
    Ok(Moment { seconds: seconds.ok_or_else(out_of_calendar)?, ..cut })
}

fn out_of_calendar() -> ExprError {
    ExprError::Value("a time is out of the calendar".to_owned())
}

fn floor(moment: Moment, unit: Unit) -> Result<Moment, ExprError> {
    let day = moment.seconds.div_euclid(DAY);
    let at_midnight = |day: i64| Moment { seconds: day * DAY, nanos: 0 };
    match (unit, unit.nanos()) {
        // A week begins on Sunday; 4 January 1970 was one.
        (Unit::Week, _) => Ok(at_midnight(day - (day - 3).rem_euclid(7))),
        (_, Some(nanos)) => {
            let since = i128::from(moment.seconds.rem_euclid(DAY)) * 1_000_000_000 + i128::from(moment.nanos);
            Ok(later(at_midnight(day), since - since.rem_euclid(nanos)))
        }
        _ => {
            let date = moment.naive()?.date();
            let first = |year: i32, month: u32| {
                NaiveDate::from_ymd_opt(year, month, 1)
                    .and_then(|date| date.and_hms_opt(0, 0, 0))
                    .ok_or_else(out_of_calendar)
            };
            // The first year of a century has a one at its end.
            let of_years = |years: i32| date.year() - (date.year() - 1).rem_euclid(years);
            let begun = match unit {
                Unit::Month => first(date.year(), date.month())?,
                Unit::Quarter => first(date.year(), date.month0() / 3 * 3 + 1)?,
                Unit::Year => first(date.year(), 1)?,
                Unit::Decade => first(date.year() - date.year().rem_euclid(10), 1)?,
                Unit::Century => first(of_years(100), 1)?,
                Unit::Millennium => first(of_years(1_000), 1)?,
                other => return Err(ExprError::Value(format!("a time is not cut by {other:?}"))),
            };
            Ok(Moment::of_naive(begun))
        }
    }
}

fn ceil(moment: Moment, unit: Unit) -> Result<Moment, ExprError> {
    let begun = floor(moment, unit)?;
    if begun == moment {
        return Ok(begun);
    }
    match (unit.nanos(), unit.months()) {
        (Some(nanos), _) => Ok(later(begun, nanos)),
        (None, Some(months)) => moved(begun, months),
        (None, None) => Err(out_of_calendar()),
    }
}

/// So many nanoseconds later.
fn later(moment: Moment, nanos: i128) -> Moment {
    let all = i128::from(moment.seconds) * 1_000_000_000 + i128::from(moment.nanos) + nanos;
    let seconds =
        i64::try_from(all.div_euclid(1_000_000_000)).unwrap_or(if all < 0 { i64::MIN } else { i64::MAX });
    Moment { seconds, nanos: u32::try_from(all.rem_euclid(1_000_000_000)).unwrap_or(0) }
}

/// So many months later, on the last day of a month that has no such day.
fn moved(moment: Moment, months: i64) -> Result<Moment, ExprError> {
    let time = moment.naive()?;
    Ok(Moment::of_naive(moved_naive(time, months).ok_or_else(out_of_calendar)?))
}

fn moved_naive(time: NaiveDateTime, months: i64) -> Option<NaiveDateTime> {
    let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    if months < 0 { time.checked_sub_months(count) } else { time.checked_add_months(count) }
}

fn add(units: &Units, a: &Arguments) -> Answer {
    let (count, moments) = (a.long(1), Moments::of(a, 2)?);
    let (is_day, is_clock) = match a.result() {
        DataType::Date32 => (true, false),
        DataType::Time32(_) | DataType::Time64(_) => (false, true),
        _ => (false, false),
    };
    made(a, |row| {
        let Some((count, moment)) = count.at(row).zip(moments.at(row)) else { return Ok(None) };
        units.at(a, row, |unit| {
            let nanos = unit.nanos();
            if is_day && nanos.is_some_and(|nanos| nanos < 86_400_000_000_000) {
                let words = format!("a DATE has no {unit:?}; CAST it to a TIMESTAMP");
                return Err(ExprError::Value(words));
            }
            Ok(Some(match (nanos, unit.months()) {
                (Some(nanos), _) => later(moment, nanos * i128::from(count)),
                // Years do not change a time of the day.
                (None, Some(_)) if is_clock => moment,
                (None, Some(months)) => moved(moment, months.saturating_mul(count))?,
                (None, None) => return Err(ExprError::Value(format!("a time is not moved by {unit:?}"))),
            }))
        })
    })
}

fn difference(unit: Unit, from: Moment, to: Moment) -> Result<i128, ExprError> {
    let all = |moment: Moment| i128::from(moment.seconds) * 1_000_000_000 + i128::from(moment.nanos);
    match (unit.nanos(), unit.months()) {
        (Some(nanos), _) => Ok((all(to) - all(from)) / nanos),
        (None, Some(months)) => {
            let (from, to) = (from.naive()?, to.naive()?);
            let whole = if to < from { -whole_months(to, from) } else { whole_months(from, to) };
            Ok(i128::from(whole / months))
        }
        (None, None) => Err(ExprError::Value(format!("times do not differ by {unit:?}"))),
    }
}

/// The most months after which the later one is not passed.
fn whole_months(from: NaiveDateTime, to: NaiveDateTime) -> i64 {
    let number = |time: NaiveDateTime| i64::from(time.year()) * 12 + i64::from(time.month0());
    let most = number(to) - number(from);
    match moved_naive(from, most) {
        Some(moved) if moved <= to => most,
        _ => most - 1,
    }
}

fn overlaps_types(types: &[DataType]) -> Option<Vec<DataType>> {
    let [from, to, other_from, other_to] = types else { return None };
    let are_times = Kind::Moment.takes(from) && Kind::Moment.takes(other_from);
    let fit = are_times && Kind::Temporal.takes(to) && Kind::Temporal.takes(other_to);
    fit.then(|| types.iter().map(|data_type| Kind::Temporal.data_type(data_type)).collect())
}

/// The end of a span: a time, or an interval after its beginning.
enum End {
    Time(Moments),
    Span(Moments),
    Months(Int64Array, bool),
}

impl End {
    fn of(a: &Arguments, argument: usize) -> Result<Self, ExprError> {
        Ok(match (a.array(argument).0.data_type(), months(a, argument)) {
            (data_type, Some((months, is_one))) if are_months(data_type) => Self::Months(months, is_one),
            (DataType::Duration(_), _) => Self::Span(Moments::of(a, argument)?),
            _ => Self::Time(Moments::of(a, argument)?),
        })
    }

    fn at(&self, begin: Moment, row: usize) -> Result<Option<Moment>, ExprError> {
        Ok(match self {
            Self::Time(moments) => moments.at(row),
            Self::Span(spans) => spans
                .at(row)
                .map(|span| later(begin, i128::from(span.seconds) * 1_000_000_000 + i128::from(span.nanos))),
            Self::Months(months, is_one) => {
                let at = if *is_one { 0 } else { row };
                match months.is_valid(at) {
                    true => Some(moved(begin, months.value(at))?),
                    false => None,
                }
            }
        })
    }
}

fn overlaps(a: &Arguments) -> Answer {
    let (one, other) = (Moments::of(a, 0)?, Moments::of(a, 2)?);
    let (one_end, other_end) = (End::of(a, 1)?, End::of(a, 3)?);
    a.truths(|row| {
        let Some((one, other)) = one.at(row).zip(other.at(row)) else { return Ok(None) };
        let ends = one_end.at(one, row)?.zip(other_end.at(other, row)?);
        Ok(ends.map(|(one_end, other_end)| {
            one.min(one_end) <= other.max(other_end) && other.min(other_end) <= one.max(one_end)
        }))
    })
}
