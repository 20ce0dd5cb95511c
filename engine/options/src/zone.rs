//! Time zones, by the names that Java has for them.
//!
//! The names are those of the tz database, in their case. Flink refuses two kinds that Java has: abbreviations, which mean
//! different zones to different people, and `UTC+8`.

use std::sync::LazyLock;

use chrono_tz::{TZ_VARIANTS, Tz};

use crate::Refusal;
use crate::value::{Otherwise, Value};

/// A time zone that a user has named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneName {
    /// The one of the machine.
    Machine,
    /// So many seconds ahead of UTC, always.
    Ahead(i32),
    /// One of the tz database.
    Named(Tz),
}

const MACHINE: &str = "default";
/// Those that a user may mean.
static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let names = TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| !ABBREVIATIONS.contains(name));
    names.collect()
});
/// Abbreviations are names in the database too.
const ABBREVIATIONS: [&str; 3] = ["EST", "MST", "HST"];
/// How many seconds a clock may be ahead.
const MOST_AHEAD: i32 = 18 * 3_600;

impl Value for ZoneName {
    const KIND: &'static str = "time zone";
    const LISTS_ALL: bool = true;
    type Bounds = ();

    fn read(text: &str, _bounds: &()) -> Result<Self, Refusal> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Refusal::Empty);
        }
        if text.eq_ignore_ascii_case(MACHINE) {
            return Ok(Self::Machine);
        }
        if let Some(ahead) = ahead(text) {
            return Ok(Self::Ahead(ahead));
        }
        let zone = text.parse().ok().filter(|_| !ABBREVIATIONS.contains(&text));
        zone.map(Self::Named).ok_or_else(|| Refusal::NoZone { nearest: nearest(text) })
    }

    fn accepted(_bounds: &()) -> String {
        "America/Los_Angeles and the like, GMT-08:00, UTC or default".into()
    }

    fn otherwise(&self, _bounds: &()) -> Otherwise {
        Otherwise::Is(match self {
            Self::Machine => MACHINE.into(),
            Self::Ahead(ahead) => {
                let (sign, size) = (if *ahead < 0 { '-' } else { '+' }, ahead.unsigned_abs());
                format!("GMT{sign}{:02}:{:02}", size / 3_600, size / 60 % 60)
            }
            Self::Named(zone) => zone.name().into(),
        })
    }
}

/// How many seconds ahead of UTC the clocks of `UTC`, `Z`, `+03:00`, `GMT+3` are.
fn ahead(text: &str) -> Option<i32> {
    if matches!(text, "UTC" | "GMT" | "UT" | "Z") {
        return Some(0);
    }
    let text = ["GMT", "UT"].iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits = text.strip_prefix(['+', '-']).filter(|digits| digits.is_ascii())?;
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits, "00"),
        4 => digits.split_at(2),
        5 => digits.split_once(':').filter(|(hours, _)| hours.len() == 2)?,
        _ => return None,
    };
    let number =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<i32>().ok())?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let ahead = hours * 3_600 + minutes * 60;
    (minutes < 60 && ahead <= MOST_AHEAD).then_some(sign * ahead)
}

/// The zone that a misspelt name most likely meant: one whose last part this is, or one within a typo per four letters.
fn nearest(name: &str) -> Option<&'static str> {
    let spelling = name.to_lowercase().replace(' ', "_");
    let distance = |zone: &str| {
        let zone = zone.to_lowercase();
        match zone.rsplit_once('/') {
            Some((_, place)) if place == spelling => 0,
            _ => strsim::damerau_levenshtein(&zone, &spelling),
        }
    };
    let (distance, zone) = NAMES.iter().map(|zone| (distance(zone), *zone)).min_by_key(|near| near.0)?;
    (distance <= spelling.len() / 4).then_some(zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ZoneName, Refusal> {
        ZoneName::read(text, &())
    }

    #[test]
    fn zones_have_the_names_that_java_reads() {
        assert_eq!(read("default"), Ok(ZoneName::Machine));
        assert_eq!(read(" Europe/Berlin "), Ok(ZoneName::Named(Tz::Europe__Berlin)));
        for (text, seconds) in [
            ("UTC", 0),
            ("Z", 0),
            ("GMT", 0),
            ("GMT+03:00", 10_800),
            ("GMT+3", 10_800),
            ("-08:00", -28_800),
            ("+0530", 19_800),
            ("+18:00", 64_800),
        ] {
            assert_eq!(read(text), Ok(ZoneName::Ahead(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_zone_is_told_with_the_one_that_was_meant() {
        for (text, nearest) in [
            ("Europe/Berln", Some("Europe/Berlin")),
            ("europe/berlin", Some("Europe/Berlin")),
            ("Kolkata", Some("Asia/Kolkata")),
            ("new york", Some("America/New_York")),
            ("UTC+8", None),
            ("UTC-10:00", None),
            ("GMT-8:00", None),
            ("+19:00", None),
            ("+1:2", None),
            ("PST", None),
            ("EST", None),
            ("Atlantis", None),
        ] {
            match read(text) {
                Err(Refusal::NoZone { nearest: found }) if nearest.is_some() => {
                    assert_eq!(found, nearest, "{text}")
                }
                Err(Refusal::NoZone { .. }) => {}
                other => panic!("{text}: {other:?}"),
            }
        }
        assert_eq!(read(" "), Err(Refusal::Empty));
    }

    #[test]
    fn a_zone_that_is_written_reads_back() {
        for zone in [
            ZoneName::Machine,
            ZoneName::Ahead(-28_800),
            ZoneName::Ahead(60),
            ZoneName::Named(Tz::Asia__Kolkata),
        ] {
            assert_eq!(
                zone.otherwise(&()),
                Otherwise::Is(match zone {
                    ZoneName::Machine => "default".into(),
                    ZoneName::Ahead(60) => "GMT+00:01".into(),
                    ZoneName::Ahead(_) => "GMT-08:00".into(),
                    ZoneName::Named(_) => "Asia/Kolkata".into(),
                })
            );
            let Otherwise::Is(text) = zone.otherwise(&()) else { unreachable!() };
            assert_eq!(read(&text), Ok(zone));
        }
    }
}
