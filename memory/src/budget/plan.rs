//! How the memory of a process is split: one number from the user, two shares of it, the rest.
//!
//! ```text
//!   taskmanager.memory.process.size
//!   ├── network   0.1 of it, at least 64mb     segments between subtasks
//!   ├── managed   0.4 of it                    sort, hash and state, before they spill
//!   └── the rest                               kernels and user code: shown, not enforced
//! ```

use options::{
    Bytes, Error, MANAGED_FRACTION, MANAGED_SIZE, NETWORK_FRACTION, NETWORK_MAX, NETWORK_MIN, PROCESS_SIZE,
    SEGMENT_SIZE, Settings,
};

use super::Lease;

/// The split, and the size of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryPlan {
    /// All of it.
    pub process: Bytes,
    /// For segments between subtasks.
    pub network: Bytes,
    /// For operators that can spill.
    pub managed: Bytes,
    /// For everything that does not ask.
    pub rest: Bytes,
    /// One segment.
    pub segment: Bytes,
}

impl MemoryPlan {
    /// The split that `settings` ask for on a machine (or in a container) of this size.
    pub fn of(settings: &Settings, machine: Bytes) -> Result<Self, Error> {
        // Whole mebibytes: nobody wants to read, or to type, the rest.
        let mebibytes = machine.get() >> 20;
        let machine = Bytes::mib(mebibytes);
        let set = settings.get(&PROCESS_SIZE);
        if set.is_some_and(|set| set > machine) {
            return Err(Error::unmet(
                PROCESS_SIZE.name(),
                settings.written(&PROCESS_SIZE),
                format!("more than this machine or its container gives, {machine}"),
                format!("at most {machine}"),
            ));
        }
        let process = set.unwrap_or(Bytes::mib(mebibytes * 3 / 4));
        let network = Self::network(settings, process)?;
        let managed =
            settings.get(&MANAGED_SIZE).unwrap_or_else(|| settings.get(&MANAGED_FRACTION).of(process));
        let Some(rest) = process.get().checked_sub(network.get().saturating_add(managed.get())) else {
            return Err(Self::unmet_managed(settings, process, network));
        };
        Ok(Self { process, network, managed, rest: Bytes::new(rest), segment: settings.get(&SEGMENT_SIZE) })
    }

    fn network(settings: &Settings, process: Bytes) -> Result<Bytes, Error> {
        let (least, most) = (settings.get(&NETWORK_MIN), settings.get(&NETWORK_MAX));
        if let Some(most) = most.filter(|most| *most < least) {
            return Err(Error::unmet(
                NETWORK_MAX.name(),
                settings.written(&NETWORK_MAX),
                format!("less than {} = {}", NETWORK_MIN.name(), settings.written(&NETWORK_MIN)),
                format!("at least {least}, or a {} of at most {most}", NETWORK_MIN.name()),
            ));
        }
        if least > process {
            return Err(Error::unmet(
                NETWORK_MIN.name(),
                settings.written(&NETWORK_MIN),
                format!("more than the {process} of the whole process"),
                format!("at most {process}, or a larger {}", PROCESS_SIZE.name()),
            ));
        }
        Ok(settings.get(&NETWORK_FRACTION).of(process).max(least).min(most.unwrap_or(process)))
    }

    fn unmet_managed(settings: &Settings, process: Bytes, network: Bytes) -> Error {
        let (name, written) = match settings.get(&MANAGED_SIZE) {
            Some(_) => (MANAGED_SIZE.name(), settings.written(&MANAGED_SIZE)),
            None => (MANAGED_FRACTION.name(), settings.written(&MANAGED_FRACTION)),
        };
        let left = Bytes::new(process.get() - network.get());
        Error::unmet(
            name,
            written,
            format!("does not fit beside {network} of network memory in the {process} of the process"),
            format!("at most {left}, or a larger {}", PROCESS_SIZE.name()),
        )
    }

    /// The root of the leases for segments.
    pub fn network_lease(&self) -> Lease {
        Lease::root("network", self.network.get())
    }

    /// The root of the leases for operators.
    pub fn managed_lease(&self) -> Lease {
        Lease::root("managed", self.managed.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE: Bytes = Bytes::gib(16);

    fn plan(definitions: &[&str]) -> Result<MemoryPlan, String> {
        let mut settings = Settings::new();
        for definition in definitions {
            settings.define(definition).map_err(|error| error.to_string())?;
        }
        MemoryPlan::of(&settings, MACHINE).map_err(|error| error.to_string())
    }

    #[test]
    fn without_settings_three_quarters_of_the_machine_are_split_as_flink_does() {
        let plan = plan(&[]).unwrap();
        assert_eq!(plan.process, Bytes::gib(12));
        assert_eq!(plan.network, Bytes::new((12_u64 << 30) / 10));
        assert_eq!(plan.managed, Bytes::new((12_u64 << 30) * 4 / 10));
        assert_eq!(plan.process.get(), plan.network.get() + plan.managed.get() + plan.rest.get());
        assert_eq!(plan.segment, Bytes::kib(32));
    }

    #[test]
    fn a_small_process_still_has_the_least_network_memory() {
        let plan = plan(&["taskmanager.memory.process.size=256mb"]).unwrap();
        assert_eq!(plan.network, Bytes::mib(64));
    }

    #[test]
    fn the_most_network_memory_wins_over_the_share() {
        let plan = plan(&["taskmanager.memory.network.max=128mb"]).unwrap();
        assert_eq!(plan.network, Bytes::mib(128));
    }

    #[test]
    fn what_cannot_be_met_is_one_line_with_the_way_out() {
        let cases: [(&[&str], &str); 5] = [
            (
                &["taskmanager.memory.process.size=1t"],
                "taskmanager.memory.process.size = 1t (command line): more than this machine or its container \
                 gives, 16gb; accepted: at most 16gb",
            ),
            (
                &["taskmanager.memory.process.size=64mb", "taskmanager.memory.network.min=65mb"],
                "taskmanager.memory.network.min = 65mb (command line): more than the 64mb of the whole process; \
                 accepted: at most 64mb, or a larger taskmanager.memory.process.size",
            ),
            (
                &["taskmanager.memory.network.max=32mb"],
                "taskmanager.memory.network.max = 32mb (command line): less than taskmanager.memory.network.min \
                 = 64mb (default); accepted: at least 64mb, or a taskmanager.memory.network.min of at most 32mb",
            ),
            (
                &["taskmanager.memory.process.size=1gb", "taskmanager.memory.managed.size=1gb"],
                "taskmanager.memory.managed.size = 1gb (command line): does not fit beside 107374182b of network \
                 memory in the 1gb of the process; accepted: at most 966367642b, or a larger \
                 taskmanager.memory.process.size",
            ),
            (
                &["taskmanager.memory.process.size=100mb", "taskmanager.memory.managed.fraction=0.5"],
                "taskmanager.memory.managed.fraction = 0.5 (command line): does not fit beside 64mb of network \
                 memory in the 100mb of the process; accepted: at most 36mb, or a larger \
                 taskmanager.memory.process.size",
            ),
        ];
        for (definitions, expected) in cases {
            assert_eq!(plan(definitions).unwrap_err(), expected);
        }
    }
}
