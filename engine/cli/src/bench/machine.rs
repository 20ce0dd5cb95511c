//! The machine under a measurement: what a figure is worthless without.
//!
//! Reads what the kernel tells of itself, and never guesses: what is not told is `unknown`.

use std::path::Path;

use millstream::runtime::{Cores, Preflight, machine};
use options::{IO_BACKEND, Settings};
use serde_json::{Value, json};

use crate::bench::kept::Part;
use crate::run::{CliError, read_file};

/// Of the time of all processors, what a hypervisor may take before a figure is in doubt.
const STEAL_MAX: f64 = 0.01;

/// Processes that wanted a processor before a measurement, on average of a minute: half a one is what a desk has.
const LOAD_MAX: f64 = 0.5;

/// What stands behind the version of a build that is slow.
const DEBUG: &str = "(debug)";

/// A machine that is being measured on.
#[derive(Debug)]
pub(crate) struct Machine {
    found: Told,
    began: Ticks,
}

/// What is known of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    cpu: String,
    cores: String,
    is_virtual: bool,
    memory_bytes: u64,
    kernel: String,
    io_backend: String,
    load: String,
    /// The part of the processors' time that a hypervisor has taken meanwhile.
    steal: f64,
    /// Which Millstream ran there.
    millstream: String,
}

impl Machine {
    /// Looks at it. The times of its processors count from here.
    pub(crate) fn look(settings: &Settings) -> Result<Self, CliError> {
        let bench = |error: &dyn std::fmt::Display| CliError::Bench(error.to_string());
        let cores = Cores::available().map_err(|error| bench(&error))?;
        let io = Preflight::run(settings.get(&IO_BACKEND)).map_err(|error| bench(&error))?;
        let cpu = text("/proc/cpuinfo");
        let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
        let model = model.map(|line| line.trim_start_matches(['\t', ' ', ':']).to_owned());
        let found = Told {
            cpu: model.unwrap_or_else(|| "unknown".to_owned()),
            cores: cores.to_string(),
            is_virtual: machine::is_virtual(),
            memory_bytes: machine::memory().map_err(|error| bench(&error))?.get(),
            kernel: text("/proc/sys/kernel/osrelease").trim().to_owned(),
            io_backend: io.backend.to_string(),
            load: text("/proc/loadavg").split(' ').take(3).collect::<Vec<_>>().join(" "),
            steal: 0.0,
            millstream: version(),
        };
        Ok(Self { found, began: Ticks::now() })
    }

    /// What can be told of it by now.
    pub(crate) fn told(&self) -> Told {
        let now = Ticks::now();
        let all = now.all.saturating_sub(self.began.all).max(1);
        let steal = now.stolen.saturating_sub(self.began.stolen) as f64 / all as f64;
        Told { steal, ..self.found.clone() }
    }
}

impl Told {
    /// How many processes wanted a processor in the minute before the look.
    fn waiting(&self) -> f64 {
        self.load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0)
    }

    /// In lines for people.
    pub(crate) fn lines(&self) -> String {
        let kind = if self.is_virtual { ", virtual" } else { "" };
        let gib = self.memory_bytes as f64 / f64::from(1 << 30);
        let mut lines = format!(
            "machine     {}; {}{kind}; {gib:.1} GiB; Linux {}; load {}\nmillstream  {}, I/O backend {}\n",
            self.cpu, self.cores, self.kernel, self.load, self.millstream, self.io_backend
        );
        if self.steal > STEAL_MAX {
            let percent = self.steal * 100.0;
            lines.push_str(&format!(
                "in doubt    the hypervisor took {percent:.1} % of the processors meanwhile; repeat it\n"
            ));
        }
        if self.waiting() > LOAD_MAX {
            lines.push_str(
                "in doubt    other processes wanted the processors when it began; stop them and repeat it\n",
            );
        }
        if self.millstream.ends_with(DEBUG) {
            lines.push_str("in doubt    this is a build for debugging, many times slower than a release\n");
        }
        lines
    }

    /// For other programs.
    pub(crate) fn json(&self) -> Value {
        json!({
            "cpu": self.cpu, "cores": self.cores, "virtual": self.is_virtual, "memory_bytes": self.memory_bytes,
            "kernel": self.kernel, "io_backend": self.io_backend, "load": self.load, "steal": self.steal,
            "millstream": self.millstream,
        })
    }

    /// As another program has kept it.
    pub(crate) fn read(part: Part<'_>) -> Result<Self, CliError> {
        let text = |name: &str| part.text(name).map(str::to_owned);
        Ok(Self {
            cpu: text("cpu")?,
            cores: text("cores")?,
            is_virtual: part.is("virtual")?,
            memory_bytes: part.whole("memory_bytes")?,
            kernel: text("kernel")?,
            io_backend: text("io_backend")?,
            load: text("load")?,
            steal: part.number("steal")?,
            millstream: text("millstream")?,
        })
    }
}

/// Which Millstream this is.
fn version() -> String {
    let build = if cfg!(debug_assertions) { DEBUG } else { "(release)" };
    format!("{} {build}", env!("CARGO_PKG_VERSION"))
}

/// The time of all processors, and what of it was stolen, in the kernel's ticks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Ticks {
    all: u64,
    stolen: u64,
}

impl Ticks {
    fn now() -> Self {
        Self::of(&text("/proc/stat")).unwrap_or_default()
    }

    /// `cpu  user nice system idle iowait irq softirq steal …`; what follows is in user already.
    fn of(stat: &str) -> Option<Self> {
        let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
        let ticks: Vec<u64> = line.split_whitespace().take(8).filter_map(|word| word.parse().ok()).collect();
        Some(Self { all: ticks.iter().sum(), stolen: ticks.get(7).copied().unwrap_or(0) })
    }
}

fn text(file: &str) -> String {
    read_file(Path::new(file)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stolen_time_is_the_eighth_figure() {
        let stat = "cpu  10 0 5 80 1 0 1 3 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        assert_eq!(Ticks::of(stat), Some(Ticks { all: 100, stolen: 3 }));
        assert_eq!(Ticks::of("intr 1"), None);
    }

    #[test]
    fn this_machine_tells_of_itself() {
        let told = Machine::look(&Settings::new()).unwrap().told();
        assert!(told.lines().starts_with("machine     "), "{}", told.lines());
        assert!(told.json()["memory_bytes"].as_u64().unwrap() > 1 << 20);
        assert_eq!(Told::read(Part(&told.json())).unwrap(), told);
    }
}
