//! What the user asks for. Read by hand: six arguments and any option.
//!
//! Every refusal is one line that names the argument, its value and what would be accepted.

use std::ffi::OsString;

use options::{CORES, MANAGED_FRACTION, MANAGED_SIZE, Origin, PARALLELISM, Settings};

use super::count::count;
use super::failure::Failure;

/// What `--help` prints.
pub(crate) const HELP: &str = "\
The walking skeleton of Millstream: counts clicks per page, on every core, in bounded memory.

    demo [--rows N] [--pages N] [--check | --no-check] [--latency] [-Dname=value ...]

    --rows N         how many clicks; 5_000_000, 5m and 5k are numbers too   (default 5m)
    --pages N        how many pages they go to                               (default 200k)
    --check          count them one by one as well and compare               (default up to 10m rows)
    --no-check       do not
    --latency        measure how long the way between subtasks takes
    -Dname=value     sets an option of the engine
    --options        lists these options
    --help           prints this

The demo sets parallelism.default to the number of cores (runtime.cores, or all there are), and
taskmanager.memory.managed.size to 8mb, so that it has something to spill. Ctrl-C cancels the job, a second one
ends the program. MILLSTREAM_LOG=debug logs to standard error.

Example: half a million pages in 2mb of managed memory, four subtasks, spilling to two disks.

    demo --rows 20m --pages 500k -Dtaskmanager.memory.managed.size=2mb -Dparallelism.default=4 \\
        -Dio.tmp.dirs=/disk1/tmp,/disk2/tmp
";

/// Small enough for the default job to spill.
const MANAGED: &str = "8mb";

/// Counting one by one takes a second for each five million rows; more than two would surprise.
const CHECKED_ROWS_MAX: u64 = 10_000_000;

/// Enough for a day, and far from where 64 bits of milliseconds end.
const ROWS_MAX: u64 = 1_000_000_000_000;

/// The names of all pages are made beforehand, about 40 bytes each.
const PAGES_MAX: u64 = 10_000_000;

/// What to do.
#[derive(Debug)]
pub(crate) enum Request {
    /// Say how to ask.
    Help,
    /// List the options.
    Options,
    /// Run the job.
    Run(Arguments),
}

/// How to run the job.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) rows: u64,
    pub(crate) pages: u32,
    pub(crate) check: bool,
    pub(crate) latency: bool,
    pub(crate) settings: Settings,
}

/// Reads the arguments that follow the program's name, for a machine with this many cores.
pub(crate) fn read(arguments: impl Iterator<Item = OsString>, cores: usize) -> Result<Request, Failure> {
    let (mut rows, mut pages, mut check, mut latency) = (5_000_000, 200_000, None, false);
    let mut definitions = Vec::new();
    let mut words = arguments.map(|word| word.to_string_lossy().into_owned());
    while let Some(word) = words.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (word.as_str(), None),
        };
        match name {
            "--rows" => rows = count(name, value.or_else(|| words.next()), 0, ROWS_MAX)?,
            "--pages" => pages = count(name, value.or_else(|| words.next()), 1, PAGES_MAX)?,
            "--check" if value.is_none() => check = Some(true),
            "--no-check" if value.is_none() => check = Some(false),
            "--latency" if value.is_none() => latency = true,
            "--options" if value.is_none() => return Ok(Request::Options),
            "--help" | "-h" if value.is_none() => return Ok(Request::Help),
            _ => match word.strip_prefix("-D") {
                Some("") => definitions.push(words.next().unwrap_or_default()),
                Some(definition) => definitions.push(definition.to_owned()),
                None => return Err(unknown(&word)),
            },
        }
    }
    let pages = u32::try_from(pages).expect("below its maximum");
    let check = check.unwrap_or(rows <= CHECKED_ROWS_MAX);
    let settings = settings(&definitions, cores).map_err(Failure::Setting)?;
    Ok(Request::Run(Arguments { rows, pages, check, latency, settings }))
}

/// What the demo sets, then what the user does: the last one holds.
fn settings(definitions: &[String], cores: usize) -> Result<Settings, options::Error> {
    let mut set = Settings::new();
    definitions.iter().try_for_each(|definition| set.define(definition))?;
    let cores = set.get(&CORES).map_or(cores, |cores| cores as usize);
    let mut settings = Settings::new();
    settings.set(PARALLELISM.name(), &cores.to_string(), Origin::Code)?;
    // A size overrides the share; who sets the share means it.
    if !definitions.iter().any(|definition| definition.trim_start().starts_with(MANAGED_FRACTION.name())) {
        settings.set(MANAGED_SIZE.name(), MANAGED, Origin::Code)?;
    }
    definitions.iter().try_for_each(|definition| settings.define(definition))?;
    Ok(settings)
}

fn unknown(word: &str) -> Failure {
    Failure::Argument(format!(
        "{word}: no such argument; accepted: --rows N, --pages N, --check, --no-check, --latency, -Dname=value, --options or --help"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &str) -> Result<Arguments, String> {
        match read(words.split_whitespace().map(OsString::from), 3) {
            Ok(Request::Run(arguments)) => Ok(arguments),
            Ok(other) => panic!("{other:?}"),
            Err(failure) => Err(failure.to_string()),
        }
    }

    #[test]
    fn without_arguments_all_cores_count_five_million_clicks_and_check() {
        let arguments = run("").unwrap();
        assert_eq!((arguments.rows, arguments.pages, arguments.check), (5_000_000, 200_000, true));
        assert_eq!(arguments.settings.get(&PARALLELISM), 3);
        assert_eq!(arguments.settings.written(&MANAGED_SIZE), "8mb (code)");
    }

    #[test]
    fn a_value_may_follow_or_be_joined() {
        for words in ["--rows 5k --pages 1", "--pages=1 --rows=5_000", "--rows 7 --rows 5k --pages 1"] {
            let arguments = run(words).unwrap();
            assert_eq!((arguments.rows, arguments.pages), (5_000, 1), "{words}");
        }
    }

    #[test]
    fn many_rows_are_checked_only_when_asked_for() {
        assert!(!run("--rows 10_000_001").unwrap().check);
        assert!(run("--rows 11m --check").unwrap().check);
        assert!(!run("--no-check").unwrap().check);
    }

    #[test]
    fn what_the_user_sets_holds() {
        let settings =
            run("-Dparallelism.default=7 -D taskmanager.memory.managed.size=1mb").unwrap().settings;
        assert_eq!(settings.get(&PARALLELISM), 7);
        assert_eq!(settings.written(&MANAGED_SIZE), "1mb (command line)");
        assert_eq!(run("-Druntime.cores=1").unwrap().settings.get(&PARALLELISM), 1);
        assert!(run("--latency").unwrap().latency && !run("").unwrap().latency);
        let settings = run("-Dtaskmanager.memory.managed.fraction=0.2").unwrap().settings;
        assert_eq!(settings.get(&MANAGED_SIZE), None);
    }

    #[test]
    fn what_is_refused_is_answered_with_what_is_accepted() {
        for (words, start, accepted) in [
            ("--rows", "--rows: a value is missing", "a whole number, such as 5_000_000, 5m or 5k"),
            ("--rows many", "--rows many: not accepted", "a whole number from 0 to 1000000000000, such as"),
            ("--pages 0", "--pages 0: not accepted", "a whole number from 1 to 10000000, such as"),
            ("--row 5", "--row: no such argument", "--rows N, --pages N"),
            ("--check=yes", "--check=yes: no such argument", "--check, --no-check"),
            ("5m", "5m: no such argument", "--rows N"),
            ("-D", "\"\" (command line): not a setting", "name=value"),
            (
                "-Dparallelism.default=0",
                "parallelism.default = 0 (command line): too small",
                "from 1 to 32768",
            ),
        ] {
            let line = run(words).unwrap_err();
            let (why, rest) = line.split_once("; accepted: ").unwrap();
            assert_eq!(why, start);
            assert!(rest.contains(accepted), "{line}");
            assert!(!line.contains('\n'));
        }
    }
}
