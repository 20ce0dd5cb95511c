//! What must hold between options for this job, and nobody below could know.
//!
//! Thin: `plan` will check a job. What is checked here is granted later without asking again.

use memory::{KeyGroups, MemoryPlan, SLAB_BYTES};
use options::{
    Bytes, Error, Key, MANAGED_FRACTION, MANAGED_SIZE, MAX_PARALLELISM, NETWORK_MAX, NETWORK_MIN,
    PARALLELISM, Settings, Value,
};

use super::table::Table;

/// What a core's pool gets: whole slabs, since a pool is made of them.
fn network_share(plan: &MemoryPlan, cores: u32) -> u64 {
    let slab = SLAB_BYTES as u64;
    plan.network.get() / u64::from(cores) / slab * slab
}

/// Says which option stands in the way of the job on so many cores, and what would do.
pub(crate) fn check(
    settings: &Settings,
    cores: u32,
    groups: KeyGroups,
    plan: &MemoryPlan,
) -> Result<(), Error> {
    let parallelism = settings.get(&PARALLELISM);
    if parallelism > groups.count() {
        let why = format!("more subtasks than the {} key groups", groups.count());
        let accepted = format!("at most {}, or a larger {}", groups.count(), MAX_PARALLELISM.name());
        return Err(Error::unmet(PARALLELISM.name(), settings.written(&PARALLELISM), why, accepted));
    }
    // For each source of a core a segment being filled for each owner, and as many on their way.
    let channels = u64::from(parallelism.div_ceil(cores)) * u64::from(parallelism);
    let segments = (channels * plan.segment.get() * 2).next_multiple_of(SLAB_BYTES as u64);
    if network_share(plan, cores) < segments {
        let each = Each { count: cores, noun: "cores", bytes: segments, what: "segments" };
        return Err(match settings.get(&NETWORK_MAX) {
            Some(_) => too_little(settings, &NETWORK_MAX, &each),
            None => too_little(settings, &NETWORK_MIN, &each),
        });
    }
    let table = Table::bytes_least();
    if plan.managed.get() / u64::from(parallelism) < table {
        let each = Each { count: parallelism, noun: "subtasks", bytes: table, what: "managed memory" };
        return Err(match settings.get(&MANAGED_SIZE) {
            Some(_) => too_little(settings, &MANAGED_SIZE, &each),
            None => too_little(settings, &MANAGED_FRACTION, &each),
        });
    }
    Ok(())
}

/// What each of some needs.
struct Each<'a> {
    count: u32,
    noun: &'a str,
    bytes: u64,
    what: &'a str,
}

fn too_little<T: Value>(settings: &Settings, key: &Key<T>, each: &Each) -> Error {
    let Each { count, noun, bytes, what } = *each;
    let (bytes, all) = (Bytes::new(bytes), Bytes::new(bytes * u64::from(count)));
    let why = format!("each of {count} {noun} needs {bytes} of {what}");
    let accepted = format!("what gives {all} in all, or a smaller {}", PARALLELISM.name());
    Error::unmet(key.name(), settings.written(key), why, accepted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(definitions: &str) -> Option<String> {
        let mut settings = Settings::new();
        definitions.split_whitespace().for_each(|definition| settings.define(definition).unwrap());
        let plan = MemoryPlan::of(&settings, Bytes::gib(4)).unwrap();
        check(&settings, 2, KeyGroups::default(), &plan).err().map(|error| error.to_string())
    }

    #[test]
    fn what_no_job_could_run_with_is_refused_with_what_would_do() {
        for (definitions, expected) in [
            (
                "parallelism.default=129",
                "parallelism.default = 129 (command line): more subtasks than the 128 key groups; \
                 accepted: at most 128, or a larger pipeline.max-parallelism",
            ),
            (
                "parallelism.default=64 taskmanager.memory.network.max=64mb",
                "taskmanager.memory.network.max = 64mb (command line): each of 2 cores needs 128mb of segments; \
                 accepted: what gives 256mb in all, or a smaller parallelism.default",
            ),
            (
                "parallelism.default=2 taskmanager.memory.managed.size=0",
                "taskmanager.memory.managed.size = 0 (command line): each of 2 subtasks needs 36880b of managed \
                 memory; accepted: what gives 73760b in all, or a smaller parallelism.default",
            ),
        ] {
            assert_eq!(fault(definitions).as_deref(), Some(expected));
        }
    }

    #[test]
    fn the_defaults_do() {
        assert_eq!(fault(""), None);
        assert_eq!(fault("parallelism.default=16 taskmanager.memory.managed.size=1mb"), None);
    }
}
