//! What is simulated, and how a simulation can end.

use super::{DiskFaults, Tempo, WireFaults};
use crate::random::Random;

/// What is simulated.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// The cores, each with its tempo. They belong to the machines in equal parts.
    pub tempi: Vec<Tempo>,
    /// How many machines there are.
    pub machines: usize,
    /// Network memory of each core, in whole slabs.
    pub pool_bytes: u64,
    /// The size of a segment.
    pub segment_bytes: usize,
    /// Managed memory of all cores.
    pub managed_bytes: u64,
    /// What the disks do wrong.
    pub disk: DiskFaults,
    /// What the network does wrong.
    pub wires: WireFaults,
    /// Whether the engine does the unlikely but legal thing at times.
    pub buggify: bool,
}

impl SimOptions {
    /// A machine on which nothing goes wrong.
    pub fn calm(cores: usize) -> Self {
        Self {
            machines: 1,
            wires: WireFaults::none(),
            tempi: vec![Tempo::EVEN; cores],
            pool_bytes: 4 * memory::SLAB_BYTES as u64,
            segment_bytes: 32 << 10,
            managed_bytes: 64 << 20,
            disk: DiskFaults::none(),
            buggify: false,
        }
    }

    /// Machines as the seed wants them: each kind of trouble is there or not.
    pub fn drawn(random: &mut Random) -> Self {
        let few = |random: &mut Random, most: u64| usize::try_from(random.within(1, most)).expect("a few");
        let machines = if random.chance(500) { 1 } else { few(random, 3) };
        let cores = machines * few(random, if machines == 1 { 4 } else { 2 });
        Self {
            machines,
            wires: if random.chance(500) { WireFaults::drawn(random) } else { WireFaults::none() },
            tempi: Tempo::drawn(cores, random),
            segment_bytes: *random.pick(&[4 << 10, 8 << 10, 32 << 10]),
            disk: if random.chance(500) { DiskFaults::drawn(random) } else { DiskFaults::none() },
            buggify: random.chance(500),
            ..Self::calm(cores)
        }
    }
}

/// Why a simulation does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standstill {
    /// Everything sleeps, and nobody will wake anybody.
    Stuck,
    /// The time that it was given is over.
    OutOfTime,
}

/// What is left when a simulation is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leftovers {
    /// Segments that did not come home, in bytes.
    pub segment_bytes: u64,
    /// Managed memory that was not given back.
    pub managed_bytes: u64,
    /// Files that nobody closed.
    pub open_files: usize,
    /// Connections that nobody closed, each end counted.
    pub open_connections: usize,
}
