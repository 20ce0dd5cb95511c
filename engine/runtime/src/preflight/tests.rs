//! Every refusal as a row of a table, and one look at the machine we are on.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use rustix::io::Errno;

use super::*;

fn findings(ring: Ring) -> Findings {
    Findings { ring, memlock_bytes: None, cpus: 1 }
}

fn refused(call: &'static str, errno: Errno) -> Findings {
    findings(Ring::Refused { call, errno })
}

/// The same findings fall back under `auto` and fail under `uring`, naming the fault both times.
#[track_caller]
fn check_refusal(findings: &Findings, fault: &str, remedy: &str) {
    let report = verdict(IoBackend::Auto, || findings.clone()).unwrap();
    assert_eq!(report.to_string(), format!("I/O backend: std, because {fault}"));

    let error = verdict(IoBackend::Uring, || findings.clone()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("`runtime.io-backend = uring`, but {fault}; {remedy}, or set `runtime.io-backend = auto`")
    );
}

const PROFILE: &str =
    "allow io_uring_setup, io_uring_enter and io_uring_register in the seccomp profile of the container";
const KERNEL: &str = "run on Linux 5.11 or newer";

#[test]
fn refused_system_call_is_named_with_its_error() {
    for call in ["io_uring_setup", "io_uring_register", "io_uring_enter"] {
        check_refusal(&refused(call, Errno::PERM), &format!("{call} was refused with EPERM"), PROFILE);
    }
    let setup = |errno| refused("io_uring_setup", errno);
    let fault = |name: &str| format!("io_uring_setup was refused with {name}");
    check_refusal(&setup(Errno::ACCESS), &fault("EACCES"), PROFILE);
    check_refusal(&setup(Errno::NOSYS), &fault("ENOSYS"), KERNEL);
    check_refusal(&setup(Errno::INVAL), &fault("EINVAL"), KERNEL);
    check_refusal(&setup(Errno::OPNOTSUPP), &fault("EOPNOTSUPP"), KERNEL);
    let memory = "raise the limit of locked memory (`ulimit -l`) or the memory of the control group";
    check_refusal(&setup(Errno::NOMEM), &fault("ENOMEM"), memory);
    check_refusal(&setup(Errno::MFILE), &fault("EMFILE"), "raise the limit of open files (`ulimit -n`)");
    check_refusal(&setup(Errno::NFILE), &fault("ENFILE"), "raise the limit of open files (`ulimit -n`)");
    let manual = "look that error up in the manual page of the call";
    check_refusal(&setup(Errno::FAULT), &fault(&Errno::FAULT.to_string()), manual);
}

#[test]
fn ring_that_does_not_serve_is_refused() {
    check_refusal(
        &findings(Ring::NotBuilt),
        "it was built without the `uring` feature",
        "build it with that feature",
    );
    check_refusal(
        &findings(Ring::Disabled(2)),
        "the sysctl kernel.io_uring_disabled is 2",
        "run `sysctl -w kernel.io_uring_disabled=0` as root",
    );
    check_refusal(
        &findings(Ring::Lacks(vec!["STATX", "OPENAT"])),
        "the kernel's io_uring lacks STATX, OPENAT",
        KERNEL,
    );
    check_refusal(&findings(Ring::Silent), "io_uring took an operation and never completed it", KERNEL);
}

#[test]
fn machine_too_small_for_rings_is_refused() {
    check_refusal(
        &Findings { memlock_bytes: Some(64 * 1024), ..findings(Ring::Works) },
        "RLIMIT_MEMLOCK is 64 KiB and 512 KiB are needed",
        "raise it (`ulimit -l`, systemd's `LimitMEMLOCK=`, a container's `--ulimit memlock=`)",
    );
    check_refusal(
        &Findings { cpus: 0, ..findings(Ring::Works) },
        "the affinity mask names no CPU to pin a thread to",
        "give the process CPUs (`taskset`, a container's `--cpuset-cpus`)",
    );
}

#[test]
fn ring_speaks_before_the_limits() {
    let nothing_right = Findings { ring: Ring::NotBuilt, memlock_bytes: Some(0), cpus: 0 };
    assert_eq!(nothing_right.refusal(), Ring::NotBuilt.refusal());
    let no_limits_right = Findings { ring: Ring::Works, ..nothing_right };
    assert_eq!(no_limits_right.refusal(), no_limits_right.memlock_refusal());
}

#[test]
fn working_ring_is_taken() {
    for memlock_bytes in [Some(MEMLOCK_MIN_BYTES), Some(u64::MAX), None] {
        for choice in [IoBackend::Auto, IoBackend::Uring] {
            let findings = Findings { memlock_bytes, ..findings(Ring::Works) };
            assert_eq!(verdict(choice, || findings).unwrap().backend, Backend::Uring);
        }
    }
}

#[test]
fn std_asks_the_machine_nothing() {
    let report = verdict(IoBackend::Std, || panic!("looked")).unwrap();
    assert_eq!(report.to_string(), "I/O backend: std, because `runtime.io-backend` asks for it");
}

/// What was logged, as bytes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn log_says_once_which_host_and_why() {
    for choice in [IoBackend::Auto, IoBackend::Std] {
        let log = Log::default();
        let subscriber = tracing_subscriber::fmt().without_time().with_ansi(false).with_target(false);
        let subscriber = subscriber.with_writer({
            let log = log.clone();
            move || log.clone()
        });
        let report =
            tracing::subscriber::with_default(subscriber.finish(), || Preflight::run(choice).unwrap());
        let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert_eq!(logged.trim(), format!("INFO {report}"));
    }
}

#[test]
#[cfg(feature = "uring")]
fn this_machine_is_judged_as_a_ring_finds_it() {
    let granted = io_uring::IoUring::new(8).is_ok();
    let report = Preflight::run(IoBackend::Auto).unwrap();
    match Preflight::run(IoBackend::Uring) {
        Ok(asked_for) => {
            assert!(granted);
            assert_eq!(report.backend, Backend::Uring);
            assert_eq!(asked_for, report);
        }
        // A ring that is granted can still be of no use; then something else than its setup is to blame.
        Err(Error::UringRefused(refusal)) => {
            assert_eq!(report.to_string(), format!("I/O backend: std, because {}", refusal.fault));
            assert!(!granted || !refusal.fault.contains("io_uring_setup"), "{refusal}");
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
#[cfg(not(feature = "uring"))]
fn build_without_rings_runs_on_std() {
    let report = Preflight::run(IoBackend::Auto).unwrap();
    assert_eq!(report.to_string(), "I/O backend: std, because it was built without the `uring` feature");
    assert!(matches!(Preflight::run(IoBackend::Uring), Err(Error::UringRefused(_))));
}
