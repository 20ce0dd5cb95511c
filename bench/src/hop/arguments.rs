//! What the user asks for. Read by hand: five modes and a handful of values.
//!
//! Every refusal is one line that names the argument, its value and what would be accepted.

use std::ffi::OsString;
use std::time::Duration;

use options::Settings;
use runtime::IoBackend;
use shuffle::BufferTimeout;

use super::failure::Failure;
use super::latency::{RATE_MAX, SECONDS_MAX};
use super::throughput::{BATCH_ROWS_MAX, LARGE_ROWS, SMALL_ROWS};

/// What `--help` prints.
pub const HELP: &str = "\
How long a row takes from a core to another one through the engine, and how many rows can: source, by key, sink.

    hop                  latency at 10k, 100k and 1m rows/s at timeout 0, then throughput at five timeouts
    hop --latency        latency at one rate
    hop --throughput     rows per second at full load, and what of it each timeout keeps
    hop --beside         latency alone, then beside a job of low shares that wants both cores
    hop --idle-cost      processor time of a job in which nothing flows, cores adaptive

    --rate N             rows per second, due at fixed times: 100k, 1m      (default 100k, without a mode all three)
    --seconds N          how long each latency is recorded                  (default 10, without a mode 6; idle 5)
    --rows N             how many rows go over at full load, in each run    (default 200m, without a mode 40m)
    --batch N            rows of a batch at full load                       (default 8192, which go over whole, then
                                                                            128, which are gathered)
    --timeout T          when rows leave: 0, -1, auto, or a time as 10ms    (default 0; at full load beside -1: all)
    --idle busy|adaptive what a core does while it has nothing to do        (default adaptive)
    --host auto|uring|std  how it talks to the kernel                       (default auto)
    --quick              much shorter, to see that it works
    --help               prints this

Latency is counted from when a row was due, in an open loop; the first second is not recorded. Under each latency stand
the gaps that the machine makes all by itself, measured before on each core: no row can be faster than those let it.
Figures mean nothing while something else runs on the machine.
";

/// What to do.
#[derive(Debug)]
pub enum Request {
    /// Say how to ask.
    Help,
    /// Measure.
    Run(Arguments),
}

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Latency at three rates, then throughput.
    Tour,
    /// Latency at one rate.
    Latency,
    /// Rows per second.
    Throughput,
    /// Latency alone and beside another job.
    Beside,
    /// What nothing costs.
    IdleCost,
}

/// How to measure it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// What.
    pub mode: Mode,
    /// Rows per second, one after the other.
    pub rates: Vec<u64>,
    /// Rows of so long are not recorded.
    pub warm_up: Duration,
    /// Rows of so long are.
    pub time: Duration,
    /// Of each run at full load.
    pub rows: u64,
    /// Rows of a batch at full load, one after the other.
    pub batches: Vec<u64>,
    /// When rows leave, if it was said.
    pub timeout: Option<BufferTimeout>,
    /// Whether cores look for work without end.
    pub busy: bool,
    /// How they talk to the kernel.
    pub host: IoBackend,
}

/// Rows of a run: an hour at what a core can do.
const ROWS_MAX: u64 = 100_000_000_000;

/// What was written, before what was not is filled in.
#[derive(Default)]
struct Written {
    mode: Option<Mode>,
    rate: Option<u64>,
    seconds: Option<u64>,
    rows: Option<u64>,
    batch: Option<u64>,
    timeout: Option<BufferTimeout>,
    busy: bool,
    host: Option<IoBackend>,
    quick: bool,
}

/// Reads the arguments that follow the program's name.
///
/// # Errors
///
/// At the first one that means nothing.
pub fn read(arguments: impl Iterator<Item = OsString>) -> Result<Request, Failure> {
    let mut written = Written::default();
    let mut words = arguments.map(|word| word.to_string_lossy().into_owned());
    while let Some(word) = words.next() {
        let (name, joined) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word.as_str(), None),
        };
        let is_flag = joined.is_none();
        let mut value = || joined.clone().or_else(|| words.next());
        match name {
            "--latency" if is_flag => written.mode(name, Mode::Latency)?,
            "--throughput" if is_flag => written.mode(name, Mode::Throughput)?,
            "--beside" if is_flag => written.mode(name, Mode::Beside)?,
            "--idle-cost" if is_flag => written.mode(name, Mode::IdleCost)?,
            "--quick" if is_flag => written.quick = true,
            "--help" | "-h" if is_flag => return Ok(Request::Help),
            "--rate" => written.rate = Some(count(name, value(), RATE_MAX)?),
            "--seconds" => written.seconds = Some(count(name, value(), SECONDS_MAX)?),
            "--rows" => written.rows = Some(count(name, value(), ROWS_MAX)?),
            "--batch" => written.batch = Some(count(name, value(), BATCH_ROWS_MAX)?),
            "--timeout" => {
                written.timeout = Some(one(name, value(), "0, -1, auto or a time as 10ms", timeout)?)
            }
            "--idle" => written.busy = one(name, value(), "busy or adaptive", idle)?,
            "--host" => written.host = Some(one(name, value(), "auto, uring or std", host)?),
            _ => return Err(unknown(&word)),
        }
    }
    Ok(Request::Run(written.filled_in()))
}

impl Written {
    fn mode(&mut self, name: &str, mode: Mode) -> Result<(), Failure> {
        match self.mode.replace(mode) {
            Some(former) if former != mode => Err(Failure::Argument(format!(
                "{name}: something else is to be measured already; accepted: one of --latency, --throughput, --beside \
                 and --idle-cost"
            ))),
            _ => Ok(()),
        }
    }

    fn filled_in(self) -> Arguments {
        let mode = self.mode.unwrap_or(Mode::Tour);
        let (seconds, rows) = match mode {
            Mode::Tour => (6, 40_000_000),
            Mode::IdleCost => (5, 200_000_000),
            Mode::Latency | Mode::Throughput | Mode::Beside => (10, 200_000_000),
        };
        let (time, warm_up, rows) = match self.quick {
            true => (Duration::from_millis(400), Duration::from_millis(100), 2_000_000),
            false => (Duration::from_secs(seconds), Duration::from_secs(1), rows),
        };
        let rates = match self.rate {
            Some(rate) => vec![rate],
            None if mode == Mode::Tour => vec![10_000, 100_000, 1_000_000],
            None => vec![100_000],
        };
        Arguments {
            mode,
            rates,
            warm_up,
            time: self.seconds.map_or(time, Duration::from_secs),
            rows: self.rows.unwrap_or(rows),
            batches: self.batch.map_or_else(|| vec![LARGE_ROWS, SMALL_ROWS], |rows| vec![rows]),
            timeout: self.timeout,
            busy: self.busy,
            host: self.host.unwrap_or(IoBackend::Auto),
        }
    }
}

/// A timeout as it is written.
pub fn word(timeout: BufferTimeout) -> String {
    match timeout {
        BufferTimeout::Full => "-1".to_owned(),
        BufferTimeout::Input | BufferTimeout::Row => "0".to_owned(),
        BufferTimeout::Every(time) => format!("{time:?}"),
        BufferTimeout::Auto => "auto".to_owned(),
    }
}

fn timeout(text: &str) -> Option<BufferTimeout> {
    let mut settings = Settings::new();
    settings.define(&format!("execution.buffer-timeout.interval={text}")).ok()?;
    Some(BufferTimeout::of(&settings))
}

fn idle(text: &str) -> Option<bool> {
    [("busy", true), ("adaptive", false)].into_iter().find_map(|(word, busy)| (word == text).then_some(busy))
}

fn host(text: &str) -> Option<IoBackend> {
    [IoBackend::Auto, IoBackend::Uring, IoBackend::Std].into_iter().find(|host| host.word() == text)
}

/// A number from one to `most`: digits with `_` between them, then `k` or `m` for thousands or millions.
fn count(name: &str, value: Option<String>, most: u64) -> Result<u64, Failure> {
    let number = |text: &str| {
        let (digits, unit) = match text.char_indices().last()? {
            (at, 'k' | 'K') => (&text[..at], 1_000),
            (at, 'm' | 'M') => (&text[..at], 1_000_000),
            _ => (text, 1),
        };
        let plain = digits.starts_with(|first: char| first.is_ascii_digit());
        let number: u64 = plain.then(|| digits.replace('_', ""))?.parse().ok()?;
        number.checked_mul(unit).filter(|number| (1..=most).contains(number))
    };
    one(name, value, &format!("a whole number from 1 to {most}, such as 5_000_000, 5m or 5k"), number)
}

fn one<T>(
    name: &str,
    value: Option<String>,
    accepted: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, Failure> {
    let Some(value) = value else {
        return Err(Failure::Argument(format!("{name}: a value is missing; accepted: {accepted}")));
    };
    let refused = || Failure::Argument(format!("{name} {value}: not accepted; accepted: {accepted}"));
    read(&value).ok_or_else(refused)
}

fn unknown(word: &str) -> Failure {
    Failure::Argument(format!(
        "{word}: no such argument; accepted: --latency, --throughput, --beside, --idle-cost, --rate N, --seconds N, \
         --rows N, --batch N, --timeout T, --idle busy|adaptive, --host auto|uring|std, --quick or --help"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &str) -> Result<Arguments, String> {
        match read(words.split_whitespace().map(OsString::from)) {
            Ok(Request::Run(arguments)) => Ok(arguments),
            Ok(Request::Help) => panic!("help"),
            Err(failure) => Err(failure.to_string()),
        }
    }

    #[test]
    fn without_arguments_all_rates_are_measured_and_with_one_only_this() {
        let tour = run("").unwrap();
        assert_eq!((tour.mode, tour.timeout, tour.busy), (Mode::Tour, None, false));
        assert_eq!(tour.rates, [10_000, 100_000, 1_000_000]);
        assert_eq!((tour.batches, run("--batch 7").unwrap().batches), (vec![8192, 128], vec![7]));
        assert_eq!(run("--rate 5k").unwrap().rates, [5_000]);
        assert_eq!(run("--latency").unwrap().rates, [100_000]);
    }

    #[test]
    fn what_is_said_holds_also_when_it_should_be_quick() {
        let arguments = run("--quick --latency --seconds=3 --timeout 10ms --idle busy --host std").unwrap();
        assert_eq!(arguments.time, Duration::from_secs(3));
        assert_eq!(arguments.warm_up, Duration::from_millis(100));
        assert_eq!(arguments.timeout, Some(BufferTimeout::Every(Duration::from_millis(10))));
        assert_eq!((arguments.busy, arguments.host), (true, IoBackend::Std));
    }

    #[test]
    fn a_timeout_is_printed_as_it_is_written() {
        for text in ["0", "-1", "auto", "10ms", "1s"] {
            assert_eq!(word(timeout(text).unwrap()), text);
        }
    }

    #[test]
    fn what_is_refused_is_answered_with_what_is_accepted() {
        for (words, start, accepted) in [
            ("--rate", "--rate: a value is missing", "a whole number from 1 to 10000000, such as"),
            ("--rate 0", "--rate 0: not accepted", "a whole number from 1 to 10000000, such as"),
            ("--rate 1.5k", "--rate 1.5k: not accepted", "a whole number"),
            ("--seconds 601", "--seconds 601: not accepted", "from 1 to 600"),
            ("--timeout soon", "--timeout soon: not accepted", "0, -1, auto or a time as 10ms"),
            ("--idle lazy", "--idle lazy: not accepted", "busy or adaptive"),
            ("--host sim", "--host sim: not accepted", "auto, uring or std"),
            ("--quick=yes", "--quick=yes: no such argument", "--quick or --help"),
            ("--latency --beside", "--beside: something else is to be measured already", "one of --latency"),
        ] {
            let line = run(words).unwrap_err();
            let (why, rest) = line.split_once("; accepted: ").unwrap();
            assert_eq!(why, start);
            assert!(rest.contains(accepted), "{line}");
            assert!(!line.contains('\n'));
        }
    }
}
