//! What the functions of a job count, for whoever has started it: counters and histograms by name.
//!
//! Every subtask counts for itself; a reader adds them up. The figures of an attempt that failed do not count: a subtask
//! that begins again begins at nothing. Not for the hot path of columns: a name is looked up for each count.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use runtime::subtask::Place;

/// What was counted under one name.
#[derive(Clone, Debug, PartialEq)]
pub enum Accumulator {
    /// A number of things. A sum that is too large begins again at the least one, as Flink's does.
    Long(i64),
    /// A sum.
    Double(f64),
    /// How often each number came.
    Histogram(BTreeMap<i64, u64>),
}

/// A name was used for two kinds of accumulators.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "accumulator {name} is a {first} in one place and a {second} in another; give one of them another name"
)]
pub struct KindsDiffer {
    name: String,
    first: &'static str,
    second: &'static str,
}

type Counted = BTreeMap<String, Accumulator>;

/// All accumulators of a job. A clone shows the same.
#[derive(Clone, Debug, Default)]
pub struct JobAccumulators(Arc<Mutex<BTreeMap<Subtask, Attempt>>>);

/// Vertex and number of a subtask.
type Subtask = (u32, u32);

/// Its last attempt, and what that has counted.
type Attempt = (u32, Arc<Mutex<Counted>>);

/// Those of one operator of one subtask.
#[derive(Clone, Debug, Default)]
pub struct Accumulators(Arc<Mutex<Counted>>);

impl JobAccumulators {
    /// For a subtask of an attempt. What it has counted in earlier attempts is forgotten.
    pub fn of(&self, place: &Place) -> Accumulators {
        let mut subtasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = subtasks.entry((place.vertex, place.number)).or_default();
        if entry.0 != place.attempt {
            *entry = (place.attempt, Arc::default());
        }
        Accumulators(entry.1.clone())
    }

    /// What all subtasks have counted.
    ///
    /// # Errors
    ///
    /// If two of them have used one name for two kinds.
    pub fn totals(&self) -> Result<Counted, KindsDiffer> {
        let subtasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut totals = Counted::new();
        for (_, counted) in subtasks.values() {
            for (name, accumulator) in counted.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                match totals.get_mut(name) {
                    None => _ = totals.insert(name.clone(), accumulator.clone()),
                    Some(total) => total.join(name, accumulator)?,
                }
            }
        }
        Ok(totals)
    }
}

impl Accumulators {
    /// Counts so many.
    pub fn add(&self, name: &str, count: i64) {
        self.change(name, Accumulator::Long(0), |accumulator| match accumulator {
            Accumulator::Long(total) => *total = total.wrapping_add(count),
            other => panic!("accumulator {name} is a {}", other.kind()),
        });
    }

    /// Adds to a sum.
    pub fn add_double(&self, name: &str, amount: f64) {
        self.change(name, Accumulator::Double(0.0), |accumulator| match accumulator {
            Accumulator::Double(total) => *total += amount,
            other => panic!("accumulator {name} is a {}", other.kind()),
        });
    }

    /// Counts one more of `value`.
    pub fn record(&self, name: &str, value: i64) {
        self.change(name, Accumulator::Histogram(BTreeMap::new()), |accumulator| match accumulator {
            Accumulator::Histogram(counts) => *counts.entry(value).or_default() += 1,
            other => panic!("accumulator {name} is a {}", other.kind()),
        });
    }

    fn change(&self, name: &str, nothing: Accumulator, change: impl FnOnce(&mut Accumulator)) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counted.get_mut(name) {
            Some(accumulator) => change(accumulator),
            None => change(counted.entry(name.to_owned()).or_insert(nothing)),
        }
    }
}

impl Accumulator {
    fn kind(&self) -> &'static str {
        match self {
            Self::Long(_) => "long counter",
            Self::Double(_) => "double counter",
            Self::Histogram(_) => "histogram",
        }
    }

    fn join(&mut self, name: &str, other: &Self) -> Result<(), KindsDiffer> {
        match (&mut *self, other) {
            (Self::Long(total), Self::Long(more)) => *total = total.wrapping_add(*more),
            (Self::Double(total), Self::Double(more)) => *total += more,
            (Self::Histogram(total), Self::Histogram(more)) => {
                more.iter().for_each(|(value, count)| *total.entry(*value).or_default() += count);
            }
            (first, second) => {
                let (first, second) = (first.kind(), second.kind());
                return Err(KindsDiffer { name: name.to_owned(), first, second });
            }
        }
        Ok(())
    }
}

/// `12`, `1.5`, `{3: 7, 4: 1}`.
impl fmt::Display for Accumulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Long(total) => write!(f, "{total}"),
            Self::Double(total) => write!(f, "{total}"),
            Self::Histogram(counts) => f.debug_map().entries(counts).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use runtime::job::JobId;

    use super::*;

    fn place(number: u32, attempt: u32) -> Place {
        Place { job: JobId(1), attempt, vertex: 0, number, parallelism: 2, name: "map".into() }
    }

    #[test]
    fn a_total_is_the_sum_of_all_subtasks_in_their_last_attempt() {
        let job = JobAccumulators::default();
        job.of(&place(0, 0)).add("rows", 100);
        job.of(&place(0, 1)).add("rows", 3);
        job.of(&place(1, 1)).add("rows", 4);
        job.of(&place(1, 1)).record("sizes", 7);
        job.of(&place(0, 1)).record("sizes", 7);
        job.of(&place(0, 1)).add_double("price", 0.5);
        let totals = job.totals().unwrap();
        let text: Vec<String> = totals.iter().map(|(name, total)| format!("{name} {total}")).collect();
        assert_eq!(text, ["price 0.5", "rows 7", "sizes {7: 2}"]);
    }

    #[test]
    fn a_sum_that_is_too_large_goes_on_from_the_least() {
        let job = JobAccumulators::default();
        job.of(&place(0, 0)).add("sum", i64::MAX);
        job.of(&place(0, 0)).add("sum", 2);
        job.of(&place(1, 0)).add("sum", i64::MIN);
        assert_eq!(job.totals().unwrap()["sum"], Accumulator::Long(1));
    }

    #[test]
    fn a_name_has_one_kind() {
        let job = JobAccumulators::default();
        job.of(&place(0, 0)).add("rows", 1);
        job.of(&place(1, 0)).record("rows", 1);
        assert_eq!(
            job.totals().unwrap_err().to_string(),
            "accumulator rows is a long counter in one place and a histogram in another; give one of them another name"
        );
    }
}
