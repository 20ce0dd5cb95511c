//! Time zones: what clocks show at an instant, and at which instant they show something.
//!
//! ```text
//!   an instant: TIMESTAMP_LTZ ── local ──► what clocks show: TIMESTAMP
//!                             ◄─ instant ─ where clocks leap, what they would have shown without; of two instants the earlier one
//! ```
//!
//! Both are numbers of seconds, as if the clocks were those of UTC. [`Clocks`] looks offsets up for columns: where none changes
//! on a day, once for all rows of that day. The table of zones ends in 2099; later years go by the rules of one that is like
//! them. That is not exact for zones whose clocks follow the moon, as long as it was computed: Casablanca, El Aaiún and Gaza.

use std::fmt;
use std::ops::Range;

use arrow_array::ArrayRef;
use chrono::offset::LocalResult;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeZone};
use chrono_tz::Tz;
use options::ZoneName;

use crate::error::ExprError;
use crate::functions::{offset, shown};

/// A zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Zone {
    /// So many seconds ahead of UTC, always; whole minutes.
    Fixed(i32),
    /// One of the tz database.
    Named(Tz),
}

/// Abbreviations of zones that have a name of their own in Java.
const ABBREVIATIONS: [(&str, Tz); 12] = [
    ("PST", Tz::America__Los_Angeles),
    ("PDT", Tz::America__Los_Angeles),
    ("CST", Tz::America__Chicago),
    ("CDT", Tz::America__Chicago),
    ("EDT", Tz::America__New_York),
    ("JST", Tz::Asia__Tokyo),
    ("CTT", Tz::Asia__Shanghai),
    ("IST", Tz::Asia__Kolkata),
    ("ECT", Tz::Europe__Paris),
    ("BST", Tz::Asia__Dhaka),
    ("AET", Tz::Australia__Sydney),
    ("NST", Tz::Pacific__Auckland),
];

const DAY: i64 = 86_400;
/// The last year that the table of zones has.
const LAST_YEAR: i32 = 2_099;
/// Among so many years without a century there is one of each kind: by the day of the week with which it begins, and leap or not.
const KINDS_OF_YEARS: i32 = 28;

impl Zone {
    /// UTC.
    pub const UTC: Self = Self::Fixed(0);

    /// By its name, as functions take it.
    pub(crate) fn of(name: &str) -> Result<Self, ExprError> {
        let rest = ["GMT", "UTC", "UT"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        if rest.is_empty() && !name.is_empty() {
            return Ok(Self::UTC);
        }
        if let Some((ahead, "")) = offset(rest) {
            return Ok(Self::Fixed(ahead));
        }
        let abbreviated = ABBREVIATIONS.iter().find(|(short, _)| *short == name).map(|(_, zone)| *zone);
        let zone = abbreviated.or_else(|| name.parse().ok()).map(Self::Named);
        zone.ok_or_else(|| {
            let examples = "'America/Los_Angeles' or 'GMT-08:00'";
            ExprError::Value(format!("there is no time zone '{name}'; zones are written as {examples}"))
        })
    }

    /// The one that a setting means, on a machine of this zone.
    pub fn set_to(name: ZoneName, machine: Self) -> Self {
        match name {
            ZoneName::Machine => machine,
            ZoneName::Ahead(ahead) => Self::Fixed(ahead),
            ZoneName::Named(zone) => Self::Named(zone),
        }
    }

    /// Whether its clocks are those of UTC, always.
    pub fn is_utc(self) -> bool {
        matches!(self, Self::Fixed(0) | Self::Named(Tz::UTC | Tz::Etc__UTC | Tz::GMT | Tz::Etc__GMT))
    }

    /// How many seconds clocks are ahead of UTC at an instant; null out of the calendar.
    fn ahead(self, instant: i64) -> Option<i64> {
        let zone = match self {
            Self::Fixed(ahead) => return Some(i64::from(ahead)),
            Self::Named(zone) => zone,
        };
        let utc = DateTime::from_timestamp(instant, 0)?.naive_utc();
        let offset = zone.offset_from_utc_datetime(&like(utc)?);
        Some(i64::from(offset.fix().local_minus_utc()))
    }

    /// How many seconds clocks are ahead when they show this, before and behind what may have set them.
    fn ahead_of_local(self, local: i64) -> Option<LocalResult<i64>> {
        let zone = match self {
            Self::Fixed(ahead) => return Some(LocalResult::Single(i64::from(ahead))),
            Self::Named(zone) => zone,
        };
        let shown = DateTime::from_timestamp(local, 0)?.naive_utc();
        let offsets = zone.offset_from_local_datetime(&like(shown)?);
        Some(offsets.map(|offset| i64::from(offset.fix().local_minus_utc())))
    }

    /// What clocks show at an instant.
    pub(crate) fn local(self, instant: i64) -> Option<i64> {
        instant.checked_add(self.ahead(instant)?)
    }

    /// The instant at which clocks show this.
    pub(crate) fn instant(self, local: i64) -> Option<i64> {
        let ahead = match self.ahead_of_local(local)? {
            LocalResult::Single(ahead) | LocalResult::Ambiguous(ahead, _) => ahead,
            // As before the leap.
            LocalResult::None => self.ahead(local.checked_sub(DAY)?)?,
        };
        local.checked_sub(ahead)
    }

    /// What clocks have shown at an instant for the last time, in milliseconds: nothing that they show later comes up to it. They
    /// stand still where an hour comes twice, until it is over. What is out of the calendar stays as it is.
    pub fn passed_ms(self, instant_ms: i64) -> i64 {
        let (instant, rest) = (instant_ms.div_euclid(1_000), instant_ms.rem_euclid(1_000));
        let passed = || {
            let ahead = self.ahead(instant)?;
            match self.ahead_of_local(instant.checked_add(ahead)?)? {
                LocalResult::Ambiguous(first, second) if ahead == first => {
                    // Clocks are set back between now and when they show this again.
                    let (mut before, mut behind) = (instant, instant + first - second);
                    while before + 1 < behind {
                        let middle = before + (behind - before) / 2;
                        match self.ahead(middle)? == first {
                            true => before = middle,
                            false => behind = middle,
                        }
                    }
                    (behind.checked_add(second)?.checked_mul(1_000)?).checked_sub(1)
                }
                _ => instant.checked_add(ahead)?.checked_mul(1_000)?.checked_add(rest),
            }
        };
        passed().unwrap_or(instant_ms)
    }

    /// What clocks show at an instant, in milliseconds. What is out of the calendar stays as it is.
    pub fn local_ms(self, instant_ms: i64) -> i64 {
        let (instant, rest) = (instant_ms.div_euclid(1_000), instant_ms.rem_euclid(1_000));
        let local = self.local(instant).and_then(|local| local.checked_mul(1_000)?.checked_add(rest));
        local.unwrap_or(instant_ms)
    }

    /// A column with what clocks show in place of all instants in it.
    ///
    /// # Errors
    ///
    /// If one of them is out of the calendar.
    pub fn shown(self, column: &ArrayRef) -> Result<ArrayRef, ExprError> {
        if self.is_utc() { Ok(column.clone()) } else { shown(column, self) }
    }

    /// The instant at which clocks show this, in milliseconds. What is out of the calendar stays as it is.
    pub fn instant_ms(self, local_ms: i64) -> i64 {
        let (local, rest) = (local_ms.div_euclid(1_000), local_ms.rem_euclid(1_000));
        let instant = self.instant(local).and_then(|instant| instant.checked_mul(1_000)?.checked_add(rest));
        instant.unwrap_or(local_ms)
    }
}

/// As it reads in a query: what [`Zone::of`] takes.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(0) => f.write_str("UTC"),
            Self::Fixed(ahead) => {
                let (sign, size) = (if *ahead < 0 { '-' } else { '+' }, ahead.unsigned_abs());
                write!(f, "GMT{sign}{:02}:{:02}", size / 3_600, size / 60 % 60)
            }
            Self::Named(zone) => f.write_str(zone.name()),
        }
    }
}

/// The same time, or that of a year which is like its own and in the table.
fn like(time: NaiveDateTime) -> Option<NaiveDateTime> {
    if time.year() <= LAST_YEAR {
        return Some(time);
    }
    let first = NaiveDate::from_ymd_opt(time.year(), 1, 1)?;
    let is_like = |year: &i32| {
        let other = NaiveDate::from_ymd_opt(*year, 1, 1);
        other
            .is_some_and(|other| other.weekday() == first.weekday() && other.leap_year() == first.leap_year())
    };
    let year = (LAST_YEAR - KINDS_OF_YEARS + 1..=LAST_YEAR).rev().find(is_like)?;
    time.with_year(year)
}

/// Offsets for one value after the other, which mostly are near to one another.
pub(crate) struct Clocks {
    zone: Zone,
    /// Where nothing sets clocks, and how far they are ahead there.
    instants: (Range<i64>, i64),
    locals: (Range<i64>, i64),
}

impl Clocks {
    pub(crate) fn new(zone: Zone) -> Self {
        Self { zone, instants: (0..0, 0), locals: (0..0, 0) }
    }

    /// What clocks show at an instant.
    #[inline]
    pub(crate) fn local(&mut self, instant: i64) -> Option<i64> {
        if !self.instants.0.contains(&instant) {
            let day = day_of(instant)?;
            let ahead = self.zone.ahead(day.start)?;
            if self.zone.ahead(day.end)? != ahead {
                return self.zone.local(instant);
            }
            self.instants = (day, ahead);
        }
        instant.checked_add(self.instants.1)
    }

    /// The instant at which clocks show this.
    #[inline]
    pub(crate) fn instant(&mut self, local: i64) -> Option<i64> {
        if !self.locals.0.contains(&local) {
            let day = day_of(local)?;
            match (self.zone.ahead_of_local(day.start)?, self.zone.ahead_of_local(day.end)?) {
                (LocalResult::Single(ahead), LocalResult::Single(other)) if ahead == other => {
                    self.locals = (day, ahead);
                }
                _ => return self.zone.instant(local),
            }
        }
        local.checked_sub(self.locals.1)
    }
}

/// The seconds of a day.
fn day_of(second: i64) -> Option<Range<i64>> {
    let start = second.div_euclid(DAY).checked_mul(DAY)?;
    Some(start..start.checked_add(DAY)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> i64 {
        let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").expect("a time");
        time.and_utc().timestamp()
    }

    /// Instants, and what `zoneinfo` of Python says that clocks show then.
    const SHOWN: &[(&str, &str, &str)] = &[
        ("Europe/Berlin", "2026-03-29 00:59:59", "2026-03-29 01:59:59"),
        ("Europe/Berlin", "2026-03-29 01:00:00", "2026-03-29 03:00:00"),
        ("Europe/Berlin", "2026-10-25 00:59:59", "2026-10-25 02:59:59"),
        ("Europe/Berlin", "2026-10-25 01:00:00", "2026-10-25 02:00:00"),
        ("Europe/Berlin", "1890-06-01 12:00:00", "1890-06-01 12:53:28"),
        ("Europe/Berlin", "1945-07-01 12:00:00", "1945-07-01 15:00:00"),
        ("Europe/Berlin", "1969-12-31 23:30:00", "1970-01-01 00:30:00"),
        ("Europe/Berlin", "2099-07-01 12:00:00", "2099-07-01 14:00:00"),
        ("Europe/Berlin", "2100-07-01 12:00:00", "2100-07-01 14:00:00"),
        ("Europe/Berlin", "2400-02-29 12:00:00", "2400-02-29 13:00:00"),
        ("Europe/Berlin", "9999-07-01 12:00:00", "9999-07-01 14:00:00"),
        ("Europe/Berlin", "9999-12-01 12:00:00", "9999-12-01 13:00:00"),
        ("America/New_York", "2026-03-08 06:59:59", "2026-03-08 01:59:59"),
        ("America/New_York", "2026-03-08 07:00:00", "2026-03-08 03:00:00"),
        ("America/New_York", "2026-11-01 05:59:59", "2026-11-01 01:59:59"),
        ("America/New_York", "2026-11-01 06:00:00", "2026-11-01 01:00:00"),
        ("America/New_York", "1880-01-01 00:00:00", "1879-12-31 19:03:58"),
        ("America/New_York", "9999-11-07 05:59:59", "9999-11-07 01:59:59"),
        ("America/New_York", "9999-11-07 06:00:00", "9999-11-07 01:00:00"),
        ("Asia/Kolkata", "2026-01-01 00:00:00", "2026-01-01 05:30:00"),
        ("Asia/Kolkata", "1942-10-01 00:00:00", "1942-10-01 06:30:00"),
        ("Asia/Kolkata", "9999-12-31 00:00:00", "9999-12-31 05:30:00"),
        ("Australia/Lord_Howe", "2026-10-03 15:29:59", "2026-10-04 01:59:59"),
        ("Australia/Lord_Howe", "2026-10-03 15:30:00", "2026-10-04 02:30:00"),
        ("Australia/Lord_Howe", "2026-04-04 14:59:59", "2026-04-05 01:59:59"),
        ("Australia/Lord_Howe", "2026-04-04 15:00:00", "2026-04-05 01:30:00"),
        ("Australia/Lord_Howe", "9999-01-01 00:00:00", "9999-01-01 11:00:00"),
        ("Pacific/Apia", "2011-12-30 09:59:59", "2011-12-29 23:59:59"),
        ("Pacific/Apia", "2011-12-30 10:00:00", "2011-12-31 00:00:00"),
    ];

    #[test]
    fn clocks_show_what_another_reader_of_the_tz_database_says() {
        for (zone, instant, local) in SHOWN {
            let zone = Zone::of(zone).expect("a zone");
            let shown = zone.local(seconds(instant));
            assert_eq!(shown, Some(seconds(local)), "{zone} at {instant}");
            assert_eq!(Clocks::new(zone).local(seconds(instant)), shown, "{zone} at {instant}");
        }
    }

    #[test]
    fn where_clocks_leap_they_go_on_and_of_two_instants_the_first_one_counts() {
        for (zone, local, instant) in [
            ("Europe/Berlin", "2026-03-29 01:59:59", "2026-03-29 00:59:59"),
            ("Europe/Berlin", "2026-03-29 02:30:00", "2026-03-29 01:30:00"),
            ("Europe/Berlin", "2026-03-29 03:00:00", "2026-03-29 01:00:00"),
            ("Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25 00:30:00"),
            ("Europe/Berlin", "2026-10-25 03:00:00", "2026-10-25 02:00:00"),
            ("Australia/Lord_Howe", "2026-10-04 02:15:00", "2026-10-03 15:45:00"),
            ("Australia/Lord_Howe", "2026-04-05 01:45:00", "2026-04-04 14:45:00"),
        ] {
            let zone = Zone::of(zone).expect("a zone");
            assert_eq!(zone.instant(seconds(local)), Some(seconds(instant)), "{zone} at {local}");
            assert_eq!(
                Clocks::new(zone).instant(seconds(local)),
                Some(seconds(instant)),
                "{zone} at {local}"
            );
        }
    }

    #[test]
    fn days_in_which_offsets_are_kept_change_nothing() {
        for name in
            ["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "America/Caracas"]
        {
            let zone = Zone::of(name).expect("a zone");
            let mut clocks = Clocks::new(zone);
            // Every 37 minutes of some years in which much was changed, there and back.
            let (start, end) = (seconds("2006-12-01 00:00:00"), seconds("2017-01-01 00:00:00"));
            let times: Vec<i64> = (start..end).step_by(37 * 60).collect();
            for time in times.iter().chain(times.iter().rev()).copied() {
                assert_eq!(clocks.local(time), zone.local(time), "{name} at {time}");
                assert_eq!(clocks.instant(time), zone.instant(time), "{name} at {time}");
            }
        }
    }

    #[test]
    fn what_has_passed_comes_no_more() {
        for name in ["Europe/Berlin", "Australia/Lord_Howe", "America/New_York"] {
            let zone = Zone::of(name).expect("a zone");
            let end = seconds("2027-01-01 00:00:00");
            let (mut least_later, mut later_passed) = (i64::MAX, i64::MAX);
            let instants: Vec<i64> = (seconds("2026-01-01 00:00:00")..end).step_by(10 * 60).collect();
            for instant in instants.into_iter().rev() {
                let (local, passed) =
                    (zone.local(instant).expect("a time") * 1_000, zone.passed_ms(instant * 1_000));
                least_later = least_later.min(local);
                // All that clocks show from here on, to the minute.
                assert!(passed <= least_later && passed > least_later - 10 * 60_000, "{name} at {instant}");
                assert!(passed <= later_passed, "{name} at {instant}");
                later_passed = passed;
            }
        }
    }

    #[test]
    fn a_zone_is_written_as_it_is_read() {
        for zone in [Zone::UTC, Zone::Fixed(19_800), Zone::Fixed(-3_600), Zone::Named(Tz::Asia__Kolkata)] {
            assert_eq!(Zone::of(&zone.to_string()).expect("a zone"), zone);
        }
    }
}
