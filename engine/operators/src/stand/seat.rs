//! A seat in which nothing is real: no core pokes, and the disk is memory.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use memory::{Disk, DiskFile, KeyGroups, Lease, SpillDirectories, SpillFormat};
use runtime::job::JobId;
use runtime::plane::bridge::Poke;
use runtime::subtask::Place;

use crate::accumulators::Accumulators;
use crate::{Mode, OperatorSeat};

/// A seat with this memory, and a disk that is memory.
pub(crate) fn seat(mode: Mode, managed: &Lease, spills: Option<Arc<SpillDirectories>>) -> OperatorSeat {
    let name: Arc<str> = "trial".into();
    let place = Place {
        job: JobId(0),
        attempt: 0,
        vertex: 0,
        number: 0,
        parallelism: 1,
        name: format!("{name} (1/1)").into(),
    };
    OperatorSeat {
        place,
        name,
        mode,
        groups: KeyGroups::default(),
        managed: managed.clone(),
        spills,
        plane: None,
        poke: Bell::new().1,
        accumulators: Accumulators::default(),
        sides: Arc::new([]),
    }
}

/// Blocks of this length, on a disk that is memory.
pub(crate) fn spills(block_bytes: usize) -> Arc<SpillDirectories> {
    let format = SpillFormat { block_bytes, compress: false, read_ahead_bytes: block_bytes * 4 };
    Arc::new(SpillDirectories::open_on(Arc::new(Ram), vec!["ram".into()], u64::MAX, format).unwrap())
}

/// Tells a stand that its operator was poked.
pub(crate) struct Bell {
    pub(super) poked: Arc<AtomicBool>,
    pub(super) rung: Receiver<()>,
}

impl Bell {
    /// A bell, and what rings it.
    pub(crate) fn new() -> (Self, Arc<dyn Poke>) {
        let (rings, rung) = channel();
        let poked = Arc::new(AtomicBool::new(false));
        (Self { poked: poked.clone(), rung }, Arc::new(Ringer { poked, rings }))
    }
}

struct Ringer {
    poked: Arc<AtomicBool>,
    rings: Sender<()>,
}

impl Poke for Ringer {
    fn poke(&self) {
        self.poked.store(true, Ordering::Release);
        let _stand_is_gone = self.rings.send(());
    }
}

#[derive(Debug)]
struct Ram;

impl Disk for Ram {
    fn create(&self, _directory: &Path) -> std::io::Result<Box<dyn DiskFile>> {
        Ok(Box::<RamFile>::default())
    }
}

#[derive(Debug, Default)]
struct RamFile(Mutex<Vec<u8>>);

impl DiskFile for RamFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> std::io::Result<()> {
        let mut file = self.0.lock().unwrap();
        let start = usize::try_from(offset).unwrap();
        let end = start + bytes.len();
        if file.len() < end {
            file.resize(end, 0);
        }
        file[start..end].copy_from_slice(bytes);
        Ok(())
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> std::io::Result<()> {
        let start = usize::try_from(offset).unwrap();
        into.copy_from_slice(&self.0.lock().unwrap()[start..start + into.len()]);
        Ok(())
    }
}
