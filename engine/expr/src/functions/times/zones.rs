//! Time zones: `America/Los_Angeles`, `GMT-08:00`, and the abbreviations that Java knows.

use chrono::offset::LocalResult;
use chrono::{NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;

use super::parse::offset;
use crate::error::ExprError;

/// A zone.
#[derive(Clone, Copy, Debug)]
pub(super) enum Zone {
    /// So many seconds ahead of UTC, always.
    Fixed(i32),
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

impl Zone {
    pub(super) fn of(name: &str) -> Result<Self, ExprError> {
        let rest = ["GMT", "UTC", "UT"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        if rest.is_empty() && !name.is_empty() {
            return Ok(Self::Fixed(0));
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

    /// What clocks show at a time of UTC.
    pub(super) fn local(self, utc: NaiveDateTime) -> Option<NaiveDateTime> {
        let ahead = match self {
            Self::Fixed(ahead) => ahead,
            Self::Named(zone) => zone.offset_from_utc_datetime(&utc).fix().local_minus_utc(),
        };
        utc.checked_add_signed(TimeDelta::seconds(i64::from(ahead)))
    }

    /// The time of UTC at which clocks show this: the earlier one of two, and what would be it, where clocks leap.
    pub(super) fn utc(self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        let ahead = match self {
            Self::Fixed(ahead) => ahead,
            Self::Named(zone) => match zone.offset_from_local_datetime(&local) {
                LocalResult::Single(offset) | LocalResult::Ambiguous(offset, _) => {
                    offset.fix().local_minus_utc()
                }
                LocalResult::None => {
                    // As before the leap.
                    let before = local.checked_sub_signed(TimeDelta::days(1))?;
                    zone.offset_from_utc_datetime(&before).fix().local_minus_utc()
                }
            },
        };
        local.checked_sub_signed(TimeDelta::seconds(i64::from(ahead)))
    }
}
