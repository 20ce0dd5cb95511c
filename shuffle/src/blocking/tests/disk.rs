//! A disk in memory: room that can run out, bytes that can be damaged, files that are counted.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use memory::{Disk, DiskFile, SpillDirectories, SpillFormat};

/// Shared by the test and by the directories on it.
#[derive(Debug, Default)]
pub(super) struct FakeDisk {
    /// Bytes that all files hold together at most.
    room: AtomicUsize,
    used: AtomicUsize,
    created: AtomicUsize,
    open: AtomicUsize,
    read_bytes: AtomicUsize,
    last: Mutex<Arc<Mutex<Vec<u8>>>>,
}

#[derive(Debug)]
struct FakeFile {
    disk: Arc<FakeDisk>,
    bytes: Arc<Mutex<Vec<u8>>>,
}

#[derive(Debug)]
struct Door(Arc<FakeDisk>);

impl FakeDisk {
    pub(super) fn with_room(room: usize) -> Arc<Self> {
        Arc::new(Self { room: room.into(), ..Self::default() })
    }

    pub(super) fn directories(self: &Arc<Self>, format: SpillFormat) -> Arc<SpillDirectories> {
        let door = Arc::new(Door(self.clone()));
        let directories = SpillDirectories::open_on(door, vec!["/one".into()], u64::MAX, format).unwrap();
        self.created.store(0, Ordering::Relaxed); // Opening has tried the directory.
        Arc::new(directories)
    }

    pub(super) fn make_room(&self, room: usize) {
        self.room.fetch_add(room, Ordering::Relaxed);
    }

    pub(super) fn files_created(&self) -> usize {
        self.created.load(Ordering::Relaxed)
    }

    pub(super) fn files_open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    pub(super) fn bytes_read(&self) -> usize {
        self.read_bytes.load(Ordering::Relaxed)
    }

    /// Flips a bit of every byte of the newest file in this range, given in thousandths.
    pub(super) fn damage(&self, thousandths: std::ops::Range<usize>) {
        let last = self.last.lock().unwrap();
        let mut bytes = last.lock().unwrap();
        let length = bytes.len();
        bytes[length * thousandths.start / 1000..length * thousandths.end / 1000]
            .iter_mut()
            .for_each(|byte| *byte ^= 1);
    }
}

impl Disk for Door {
    fn create(&self, _directory: &Path) -> io::Result<Box<dyn DiskFile>> {
        let bytes = Arc::new(Mutex::default());
        self.0.created.fetch_add(1, Ordering::Relaxed);
        self.0.open.fetch_add(1, Ordering::Relaxed);
        *self.0.last.lock().unwrap() = Arc::clone(&bytes);
        Ok(Box::new(FakeFile { disk: self.0.clone(), bytes }))
    }
}

impl DiskFile for FakeFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let (mut file, offset) = (self.bytes.lock().unwrap(), offset as usize);
        let length = file.len().max(offset + bytes.len());
        let used = self.disk.used.load(Ordering::Relaxed) + length - file.len();
        if used > self.disk.room.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.disk.used.store(used, Ordering::Relaxed);
        file.resize(length, 0);
        file[offset..offset + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<()> {
        let (file, offset) = (self.bytes.lock().unwrap(), offset as usize);
        let found = file.get(offset..offset + into.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        into.copy_from_slice(found);
        self.disk.read_bytes.fetch_add(into.len(), Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for FakeFile {
    fn drop(&mut self) {
        self.disk.open.fetch_sub(1, Ordering::Relaxed);
        self.disk.used.fetch_sub(self.bytes.lock().unwrap().len(), Ordering::Relaxed);
    }
}
