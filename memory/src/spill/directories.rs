//! Where spill files go, and how much space they take.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use options::{
    Bytes, SPILL_BLOCK_SIZE, SPILL_COMPRESSION, SPILL_READ_AHEAD, SPILL_SIZE_MAX, Settings, TMP_DIRS,
};

use super::disk::{Disk, StdDisk};
use super::writer::{SpillWriter, Target};
use crate::batch::Envelope;
use crate::budget::{Figures, Lease};
use crate::error::Error;

/// The directories that take turns in holding spill files, and the account of their space.
///
/// ```
/// # use arrow_array::record_batch;
/// # use memory::{Batch, Envelope, SpillDirectories};
/// # use options::Settings;
/// let spills = SpillDirectories::open(&Settings::new())?;
/// let batch = Batch::new(record_batch!(("n", Int64, [3, 1, 2])).unwrap());
///
/// let mut writer = spills.create(Envelope::of(&batch))?;
/// writer.write(&batch)?;
/// let file = writer.finish()?;
///
/// let rows: Vec<Batch> = file.read().collect::<Result<_, _>>()?;
/// assert_eq!(rows, [batch]);
/// drop((file, rows));
/// assert_eq!(spills.figures().used, 0);
/// # Ok::<(), memory::Error>(())
/// ```
#[derive(Debug)]
pub struct SpillDirectories {
    disk: Arc<dyn Disk>,
    places: Vec<Place>,
    /// All bytes on disk, bounded by `spill.size.max`.
    space: Lease,
    next: AtomicUsize,
    format: SpillFormat,
}

#[derive(Debug)]
struct Place {
    path: Arc<Path>,
    space: Lease,
}

/// How blocks are made and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpillFormat {
    /// Bytes of rows in a block, before compression.
    pub block_bytes: usize,
    /// Whether blocks are compressed when that pays.
    pub compress: bool,
    /// Bytes of blocks read at a time.
    pub read_ahead_bytes: usize,
}

impl SpillFormat {
    /// As the user set it.
    pub fn of(settings: &Settings) -> Self {
        let bytes = |size: Bytes| usize::try_from(size.get()).expect("these options have small bounds");
        Self {
            block_bytes: bytes(settings.get(&SPILL_BLOCK_SIZE)),
            compress: settings.get(&SPILL_COMPRESSION),
            read_ahead_bytes: bytes(settings.get(&SPILL_READ_AHEAD)),
        }
    }
}

impl SpillDirectories {
    /// The directories that `settings` name, on the disks of this machine.
    ///
    /// Each is tried with an empty file, so that a missing or read-only directory is an error now and not in
    /// the middle of a sort.
    pub fn open(settings: &Settings) -> Result<Self, Error> {
        let directories = settings.get(&TMP_DIRS).unwrap_or_else(|| vec![std::env::temp_dir()]);
        let size_max = settings.get(&SPILL_SIZE_MAX).map_or(u64::MAX, Bytes::get);
        Self::open_on(Arc::new(StdDisk), directories, size_max, SpillFormat::of(settings))
    }

    /// The same on another disk: a host's, or one that fails on purpose.
    ///
    /// # Panics
    ///
    /// Without a directory, or with blocks of no bytes.
    pub fn open_on(
        disk: Arc<dyn Disk>,
        directories: Vec<PathBuf>,
        size_max: u64,
        format: SpillFormat,
    ) -> Result<Self, Error> {
        assert!(!directories.is_empty());
        assert!(format.block_bytes > 0);
        let space = Lease::root("spill", size_max);
        let place = |path: PathBuf| {
            disk.create(&path).map_err(|cause| Error::Disk {
                action: "create",
                directory: path.clone(),
                cause,
            })?;
            let space = space.child(path.display().to_string(), 0, u64::MAX).expect("nothing is guaranteed");
            Ok(Place { path: path.into(), space })
        };
        let places = directories.into_iter().map(place).collect::<Result<_, Error>>()?;
        Ok(Self { disk, places, space, next: AtomicUsize::new(0), format })
    }

    /// A new file for batches of this envelope, in the directory whose turn it is.
    pub fn create(&self, envelope: Envelope) -> Result<SpillWriter, Error> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let place = &self.places[turn % self.places.len()];
        let file = self.disk.create(&place.path).map_err(|cause| Error::Disk {
            action: "create",
            directory: place.path.to_path_buf(),
            cause,
        })?;
        tracing::debug!(directory = %place.path.display(), "spill file created");
        let space = place.space.reserve(0).expect("nothing can always be had");
        let (directory, size_max) = (place.path.clone(), self.space.figures().limit);
        let (format, blocks) = (self.format, Vec::new());
        let target = Target { file, directory, space, format, size_max, blocks, rows: 0 };
        Ok(SpillWriter::new(target, envelope))
    }

    /// How blocks are made and read.
    pub fn format(&self) -> SpillFormat {
        self.format
    }

    /// Bytes on disk now and at most, in all directories together.
    pub fn figures(&self) -> Figures {
        self.space.figures()
    }

    /// The same for each directory.
    pub fn figures_by_directory(&self) -> impl Iterator<Item = (&Path, Figures)> {
        self.places.iter().map(|place| (&*place.path, place.space.figures()))
    }
}
