//! `cargo x refuse-io-uring COMMAND [ARGUMENTS…]`: runs a command as the default profile of a container would, which
//! answers EPERM to all of io_uring.
//!
//! A filter of the kernel stays with the process and with all that it starts, and nobody can take it off. So this
//! process puts it on itself, asks for a ring to see that it is refused, and becomes the command: what runs here runs
//! without io_uring, or does not run. The filter goes with `no_new_privs`, so nobody has to be root, and nothing
//! below it can become root either.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use io_uring::IoUring;
use libc::{EPERM, SYS_io_uring_enter, SYS_io_uring_register, SYS_io_uring_setup};
use seccompiler::{BackendError, BpfProgram, SeccompAction, SeccompFilter};

use crate::Outcome;

/// The whole of io_uring.
const REFUSED: [i64; 3] = [SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register];

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let Some((command, arguments)) = arguments.split_first().filter(|(first, _)| !first.starts_with('-'))
    else {
        return Outcome::Misused("usage: cargo x refuse-io-uring COMMAND [ARGUMENTS…]".into());
    };
    if let Err(words) = refuse().and_then(|()| prove()) {
        return Outcome::Failed(format!("refuse-io-uring: {words}; {command} was not started"));
    }
    // Comes back only with an error.
    let error = Command::new(command).args(arguments).exec();
    Outcome::Failed(format!("refuse-io-uring: {command}: {error}"))
}

/// From here on, for this thread and for what it starts.
fn refuse() -> Result<(), String> {
    let program = program().map_err(|error| format!("no filter for {}: {error}", std::env::consts::ARCH))?;
    seccompiler::apply_filter(&program)
        .map_err(|error| format!("the kernel does not take the filter: {error}"))
}

fn program() -> Result<BpfProgram, BackendError> {
    let rules = REFUSED.into_iter().map(|call| (call, Vec::new())).collect();
    let no = SeccompAction::Errno(EPERM.unsigned_abs());
    SeccompFilter::new(rules, SeccompAction::Allow, no, std::env::consts::ARCH.try_into()?)?.try_into()
}

/// Whether the filter does what it is for: a run that believes to be refused and is not would prove the wrong thing.
fn prove() -> Result<(), String> {
    match IoUring::new(1) {
        Err(error) if is_refused(&error) => Ok(()),
        Err(error) => Err(format!("the filter is there, but io_uring_setup answers: {error}")),
        Ok(_) => Err("the filter is there, but the kernel still grants a ring".into()),
    }
}

fn is_refused(error: &io::Error) -> bool {
    error.raw_os_error() == Some(EPERM)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use io_uring::Probe;

    use super::*;

    /// A filter belongs to a thread and to those that it starts, so a thread of its own keeps it from other tests.
    fn refused<T: Send>(look: impl FnOnce() -> T + Send) -> T {
        let beneath = || {
            refuse().expect("the kernel takes the filter");
            look()
        };
        thread::scope(|scope| scope.spawn(beneath).join().expect("the look does not panic"))
    }

    #[test]
    fn no_ring_is_granted_below_the_filter() {
        assert_eq!(refused(prove), Ok(()));
        assert_eq!(refused(|| thread::scope(|scope| scope.spawn(prove).join().unwrap())), Ok(()));
    }

    #[test]
    fn a_ring_from_before_is_of_no_use_below_the_filter() {
        // Without one on this machine there is nothing to take away.
        let Ok(ring) = IoUring::new(1) else { return };
        let (entered, registered) = refused(|| {
            let submitter = ring.submitter();
            (submitter.submit(), submitter.register_probe(&mut Probe::new()))
        });
        assert!(entered.is_err_and(|error| is_refused(&error)));
        assert!(registered.is_err_and(|error| is_refused(&error)));
        // It was the filter, and not the ring.
        ring.submitter().submit().unwrap();
        ring.submitter().register_probe(&mut Probe::new()).unwrap();
    }

    #[test]
    fn a_command_is_needed() {
        for arguments in [&[][..], &["--help".to_owned()]] {
            assert!(matches!(run(arguments), Outcome::Misused(_)), "{arguments:?}");
        }
    }
}
