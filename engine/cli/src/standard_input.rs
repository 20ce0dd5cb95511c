//! What is piped in, as a table: `cat bids.csv | millstream sql -q "SELECT … FROM '-'"`.
//!
//! A query reads a file from several places, and more than once; a pipe is read once. So what comes through one is kept on disk,
//! without a name, as long as the process is. A file that stands for the standard input (`< bids.csv`) is read where it is.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::OnceLock;

/// Bytes that are copied at a time.
const PIECE: usize = 1 << 18;

/// Where it can be read again and again, and what keeps it there.
struct Kept {
    path: String,
    _file: File,
}

/// It comes once.
static KEPT: OnceLock<Result<Kept, String>> = OnceLock::new();

/// The path under which it can be read.
///
/// # Errors
///
/// In words, if nothing comes, or it cannot be kept.
pub(crate) fn path() -> Result<&'static str, String> {
    match KEPT.get_or_init(keep) {
        Ok(kept) => Ok(&kept.path),
        Err(words) => Err(words.clone()),
    }
}

fn keep() -> Result<Kept, String> {
    let mut input = io::stdin().lock();
    if input.is_terminal() {
        return Err("the standard input is a terminal; pipe something into the command: cat bids.csv | millstream sql -q …".into());
    }
    let failed = |cause: io::Error| format!("the standard input cannot be kept: {cause}");
    let own = File::from(input.as_fd().try_clone_to_owned().map_err(failed)?);
    if own.metadata().map_err(failed)?.is_file() {
        return Ok(Kept { path: path_of(&own), _file: own });
    }
    let mut file = tempfile::tempfile().map_err(failed)?;
    let (mut piece, mut is_empty) = (vec![0; PIECE], true);
    loop {
        let length = input.read(&mut piece).map_err(failed)?;
        if length == 0 {
            break;
        }
        is_empty = false;
        file.write_all(&piece[..length]).map_err(failed)?;
    }
    if is_empty {
        return Err("nothing came through the standard input; statements that come this way leave nothing: give them by -q or -f".into());
    }
    Ok(Kept { path: path_of(&file), _file: file })
}

/// An open file has a path while it is open, even if it has no name.
fn path_of(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}
