//! The latencies of one program at one rate, and the gaps of the machine beside them.

use hdrhistogram::Histogram;
use runtime::hiccups::Hiccups;
use serde_json::{Value, json};

use crate::bench::kept::Part;
use crate::bench::open_loop::histogram;
use crate::run::CliError;

/// The percentiles that are told; the last one is the most.
pub(super) const PERCENTILES: [(&str, f64); 5] =
    [("p50", 50.0), ("p99", 99.0), ("p99.9", 99.9), ("p99.99", 99.99), ("max", 100.0)];
/// From here on as many rows have come as were due.
const KEPT: f64 = 0.95;

/// What is told of many times.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Times {
    /// By [`PERCENTILES`].
    pub(super) microseconds: [f64; 5],
    pub(super) samples: u64,
}

/// One program at one rate.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) name: String,
    pub(super) rate: u64,
    pub(super) took: Times,
    /// Gaps of all cores, when nobody worked on them.
    pub(super) gaps: Times,
    /// The part of its time that the worst core lost in long ones.
    pub(super) lost: f64,
    pub(super) keeps_up: bool,
}

impl Times {
    fn of(nanoseconds: &Histogram<u64>) -> Self {
        let microseconds =
            PERCENTILES.map(|(_, percentile)| nanoseconds.value_at_percentile(percentile) as f64 / 1e3);
        Self { microseconds, samples: nanoseconds.len() }
    }

    fn json(&self) -> Value {
        let names = PERCENTILES.iter().map(|(name, _)| (*name).to_owned());
        names.zip(self.microseconds.map(Value::from)).collect::<serde_json::Map<String, Value>>().into()
    }

    fn read(part: Part<'_>) -> Result<Self, CliError> {
        let mut microseconds = [0.0; 5];
        for (value, (name, _)) in microseconds.iter_mut().zip(PERCENTILES) {
            *value = part.part("microseconds").number(name)?;
        }
        Ok(Self { microseconds, samples: part.whole("samples")? })
    }
}

impl Measured {
    /// `came`: rows a second at the other end. `watched`: what the machine did just before.
    pub(super) fn of(
        name: &str,
        rate: u64,
        nanoseconds: &Histogram<u64>,
        came: f64,
        watched: &[Hiccups],
    ) -> Self {
        let (mut gaps, mut lost) = (histogram(), 0.0_f64);
        for core in watched {
            gaps.add(&core.nanoseconds).expect("both have the same bounds");
            lost = lost.max(core.lost);
        }
        let keeps_up = came >= KEPT * rate as f64;
        Self {
            name: name.to_owned(),
            rate,
            took: Times::of(nanoseconds),
            gaps: Times::of(&gaps),
            lost,
            keeps_up,
        }
    }

    /// For other programs.
    pub(super) fn json(&self) -> Value {
        json!({
            "workload": self.name, "rate": self.rate, "samples": self.took.samples,
            "microseconds": self.took.json(), "keeps_up": self.keeps_up,
            "machine_alone": {
                "microseconds": self.gaps.json(), "samples": self.gaps.samples, "lost": self.lost,
            },
        })
    }

    /// As another program has kept it.
    pub(super) fn read(part: Part<'_>) -> Result<Self, CliError> {
        let alone = part.part("machine_alone");
        Ok(Self {
            name: part.text("workload")?.to_owned(),
            rate: part.whole("rate")?,
            took: Times::read(part)?,
            gaps: Times::read(alone)?,
            lost: alone.number("lost")?,
            keeps_up: part.is("keeps_up")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let mut nanoseconds = histogram();
        (1..=1000).for_each(|value| nanoseconds.record(value * 1000).unwrap());
        let measured = Measured::of("chain", 1000, &nanoseconds, 960.0, &[]);
        assert!(measured.keeps_up && measured.took.samples == 1000);
        assert_eq!(Measured::read(Part(&measured.json())).unwrap(), measured);
    }
}
