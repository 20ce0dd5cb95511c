//! The file that a worker writes its rows of an answer into.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use crate::row::Row;

/// So many bytes are gathered before they are written.
const GATHERED: usize = 1 << 16;

/// Rows on their way into a file.
pub struct RowFile {
    file: File,
    lines: Vec<u8>,
}

impl RowFile {
    /// That of a worker, in a folder that is made if it is not there.
    ///
    /// # Panics
    ///
    /// Where files cannot be made or, later, not be written: there is no answer then.
    pub fn create(folder: &Path, worker: usize) -> Self {
        std::fs::create_dir_all(folder).expect("the folder of the answer can be made");
        let file = File::create(folder.join(format!("rows-{worker}.csv")));
        Self { file: file.expect("the file of the answer can be made"), lines: Vec::new() }
    }

    /// One more row.
    pub fn put(&mut self, row: &impl Row) {
        row.write(&mut self.lines);
        if self.lines.len() >= GATHERED {
            self.flush();
        }
    }

    /// One more row, which is written already.
    pub fn put_line(&mut self, line: &[u8]) {
        self.lines.extend_from_slice(line);
        if self.lines.len() >= GATHERED {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.file.write_all(&self.lines).expect("the file of the answer can be written");
        self.lines.clear();
    }
}

impl Drop for RowFile {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.flush();
        }
    }
}
