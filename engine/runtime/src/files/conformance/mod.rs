//! What every world of files must do, written once.
//!
//! A scenario asks a [`World`] and says itself what must come back, so that two worlds cannot agree on an error. A
//! world is anything that implements [`Disk`]; it joins with one line:
//!
//! ```ignore
//! conformance::check(&conformance::all(), &mut || Stage { disk: Box::new(disk()), root: "/".into() });
//! ```
//!
//! Never looks at time or at the machine: the watchdog and the count of descriptors belong to the [`Disk`].

use std::path::PathBuf;

use crate::seam::{FileOperation, FileResult, Ticket};

mod bytes;
#[cfg(feature = "uring")]
mod direct;
mod life;
mod many;
mod names;
mod opening;
mod pool;
mod random;
mod stress;
mod world;

pub(crate) use world::World;

/// A world of files, as one core sees it.
pub(crate) trait Disk {
    /// Begins an operation.
    fn submit(&mut self, ticket: Ticket, operation: FileOperation);

    /// Waits for any answer. Panics when none comes: a hang is a failure.
    fn next(&mut self) -> (Ticket, FileResult);
}

/// A disk for one scenario, and an empty directory on it. Dropping the disk ends whatever serves it.
pub(crate) struct Stage {
    pub(crate) disk: Box<dyn Disk>,
    pub(crate) root: PathBuf,
}

/// What a world is asked to do, and what it must say.
pub(crate) type Scenario = (String, Box<dyn Fn(&mut World)>);

/// Plays scenarios, each on a stage of its own.
pub(crate) fn check(scenarios: &[Scenario], stage: &mut dyn FnMut() -> Stage) {
    for (name, play) in scenarios {
        // The last line before a failure says where it was.
        println!("{name}");
        let Stage { disk, root } = stage();
        play(&mut World::new(disk, root));
    }
}

/// Every scenario.
pub(crate) fn all() -> Vec<Scenario> {
    let groups: [(&str, Vec<Scenario>); 6] = [
        ("opening", opening::scenarios()),
        ("bytes", bytes::scenarios()),
        ("names", names::scenarios()),
        ("life", life::scenarios()),
        ("many", many::scenarios()),
        ("random", random::scenarios()),
    ];
    let named = |(group, scenarios): (&str, Vec<Scenario>)| {
        let group = group.to_owned();
        scenarios.into_iter().map(move |(name, play)| (format!("{group}: {name}"), play))
    };
    groups.into_iter().flat_map(named).collect()
}

/// A scenario under its name.
fn scenario(name: impl Into<String>, play: impl Fn(&mut World) + 'static) -> Scenario {
    (name.into(), Box::new(play))
}

#[test]
fn there_are_as_many_scenarios_as_promised_and_each_has_its_own_name() {
    let names: std::collections::BTreeSet<String> = all().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), all().len());
    assert!(names.len() >= 60, "{}", names.len());
}
