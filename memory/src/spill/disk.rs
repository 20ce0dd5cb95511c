//! How spilled bytes reach a disk: the narrow door that hosts implement.
//!
//! The file system of the standard library serves here; hosts with direct I/O, and the simulator with its
//! failing disks, stand behind the same two traits.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A place where temporary files can be made.
pub trait Disk: fmt::Debug + Send + Sync {
    /// A new, empty file in `directory` that nobody else can open and that vanishes when it is dropped.
    fn create(&self, directory: &Path) -> io::Result<Box<dyn DiskFile>>;
}

/// One temporary file.
pub trait DiskFile: fmt::Debug + Send + Sync {
    /// Writes all of `bytes`. After an error the bytes at and behind `offset` are unknown; writing them again
    /// is allowed.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Fills all of `into`. A file that ends before is an error.
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<()>;
}

/// Files of the operating system, through its page cache.
#[derive(Clone, Copy, Debug, Default)]
pub struct StdDisk;

impl Disk for StdDisk {
    fn create(&self, directory: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(tempfile::tempfile_in(directory)?))
    }
}

impl DiskFile for File {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<()> {
        self.read_exact_at(into, offset)
    }
}
