//! Asks the kernel for a ring of eight entries, for the list of its operations, and for one empty operation.
//!
//! Three questions, because each can be refused alone: a filter may pass the setup and stop the rest, and an old
//! kernel has rings but not every operation. Keeps nothing: the ring is closed on return.
//!
//! # Why unsafe
//!
//! An operation may point at memory that the kernel writes later, so filling one in is the caller's promise. The
//! only operation here points at nothing.
#![expect(unsafe_code, reason = "the submission queue takes operations on trust")]

use std::io;

use io_uring::{IoUring, Probe, opcode};
use rustix::io::Errno;

use super::ring::Ring;

/// What the executor on io_uring asks for when it starts. It ends the process over any that is missing.
#[rustfmt::skip] // One line for each family.
const OPERATIONS: [(&str, u8); 23] = [
    ("NOP", opcode::Nop::CODE),
    ("READV", opcode::Readv::CODE), ("WRITEV", opcode::Writev::CODE),
    ("READ", opcode::Read::CODE), ("WRITE", opcode::Write::CODE),
    ("READ_FIXED", opcode::ReadFixed::CODE), ("WRITE_FIXED", opcode::WriteFixed::CODE),
    ("FSYNC", opcode::Fsync::CODE), ("FALLOCATE", opcode::Fallocate::CODE),
    ("OPENAT", opcode::OpenAt::CODE), ("CLOSE", opcode::Close::CODE), ("STATX", opcode::Statx::CODE),
    ("POLL_ADD", opcode::PollAdd::CODE), ("POLL_REMOVE", opcode::PollRemove::CODE),
    ("TIMEOUT", opcode::Timeout::CODE), ("TIMEOUT_REMOVE", opcode::TimeoutRemove::CODE),
    ("LINK_TIMEOUT", opcode::LinkTimeout::CODE),
    ("ACCEPT", opcode::Accept::CODE), ("CONNECT", opcode::Connect::CODE),
    ("SEND", opcode::Send::CODE), ("RECV", opcode::Recv::CODE),
    ("SENDMSG", opcode::SendMsg::CODE), ("RECVMSG", opcode::RecvMsg::CODE),
];

pub(super) fn ring() -> Ring {
    // The first no is the answer.
    match ask() {
        Ok(()) => Ring::Works,
        Err(no) => no,
    }
}

fn ask() -> Result<(), Ring> {
    let mut ring = IoUring::new(8).map_err(|error| match refused("io_uring_setup", &error) {
        Ring::Refused { errno: Errno::PERM, .. } if let Some(level) = disabled() => Ring::Disabled(level),
        refused => refused,
    })?;

    let mut probe = Probe::new();
    ring.submitter().register_probe(&mut probe).map_err(|error| refused("io_uring_register", &error))?;
    let lacks: Vec<_> =
        OPERATIONS.iter().filter(|(_, code)| !probe.is_supported(*code)).map(|(name, _)| *name).collect();
    if !lacks.is_empty() {
        return Err(Ring::Lacks(lacks));
    }

    round_trip(&mut ring)
}

/// One empty operation there and back. The kernel completes it before the submission returns, so nobody waits and
/// nothing can hang.
fn round_trip(ring: &mut IoUring) -> Result<(), Ring> {
    const TICKET: u64 = 0x6d69_6c6c; // any number but the zero of untouched memory
    let nop = opcode::Nop::new().build().user_data(TICKET);
    // SAFETY: 1. the entry holds no pointer and no descriptor, so nothing has to outlive it.
    let pushed = unsafe { ring.submission().push(&nop) };
    pushed.expect("an empty queue of eight takes one");

    ring.submit().map_err(|error| refused("io_uring_enter", &error))?;
    match ring.completion().next() {
        Some(answer) if answer.user_data() == TICKET && answer.result() >= 0 => Ok(()),
        _ => Err(Ring::Silent),
    }
}

fn refused(call: &'static str, error: &io::Error) -> Ring {
    // Only a failed system call makes errors here, and those carry a number.
    Ring::Refused { call, errno: Errno::from_io_error(error).unwrap_or(Errno::IO) }
}

/// The administrator's switch, if it is off. Kernels before 6.6 have none.
#[expect(clippy::disallowed_methods, reason = "the runtime is the machine's reader")]
fn disabled() -> Option<u8> {
    let text = std::fs::read_to_string("/proc/sys/kernel/io_uring_disabled").ok()?;
    text.trim().parse().ok().filter(|&level| level > 0)
}
