//! Another engine, behind a program of the repository that is asked in lines of JSON.
//!
//! ```text
//!   bench/peers/NAME.py   {"ready": true, "name": …, "version": …, "settings": {…}}   when it has set itself up
//!          ▲ │            {"query": "q5", "seconds": 1.2, "rows": 4711, "cpu_seconds": 2.3}
//!          │ ▼            or {"query": "q5", "error": "why"}
//!   one request a line, one answer a line; the end of the input is the end of the program
//! ```
//!
//! One that reads what comes out says what its sink has summed as well (`connect::Checksum`): `"changes": 0, "checksum": "0123…"`.
//! If it says `"sums": true` when it is ready, it can be asked for the sum of the rows that are left, in place of the rows.
//!
//! What it says on the way goes to standard error. A peer that cannot answer a query is no failure: its place stays empty.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use connect::Consumed;
use serde_json::{Value, json};

use crate::bench::kept::Part;
use crate::bench::own::Run;
use crate::bench::sink::Sink;
use crate::run::CliError;

/// Where peers lie in the repository.
const FOLDER: &str = "bench/peers";

/// What a query is asked with.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) suite: &'static str,
    pub(crate) query: String,
    pub(crate) events: u64,
    pub(crate) rate: u64,
    pub(crate) parallelism: u32,
    pub(crate) mode: &'static str,
    pub(crate) source: &'static str,
    /// How many bytes an engine may take, where that is said.
    pub(crate) memory: Option<u64>,
    /// The folder with the tables as Parquet files, where there is one.
    pub(crate) input: Option<PathBuf>,
    /// Those of them that are asked about.
    pub(crate) tables: &'static [&'static str],
    /// The query as other engines take it; nothing where each has its own.
    pub(crate) sql: Option<String>,
}

/// A peer that is ready.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: String,
    version: String,
    settings: Value,
    /// The sources it can read; all, if it says nothing.
    sources: Vec<String>,
    /// Whether it sums the rows that are left.
    has_sums: bool,
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts the program of this name, and waits until it has set itself up.
    pub(crate) fn start(name: &str, repository: Option<&Path>) -> Result<Self, CliError> {
        let program = program(name, repository)?;
        let failed = |why: String| CliError::Peer(name.to_owned(), why);
        let child = Command::new("python3")
            .arg("-B")
            .arg(&program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => failed(
                    "python3 is needed to start it; Debian, Ubuntu: apt-get install python3 python3-pip (as root)".to_owned(),
                ),
                _ => failed(format!("{} does not start: {error}", program.display())),
            });
        let mut child = child?;
        let requests = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("it was piped"));
        let (version, settings, sources) = (String::new(), Value::Null, Vec::new());
        let (name, has_sums) = (name.to_owned(), false);
        let mut peer = Self { name, version, settings, sources, has_sums, child, requests, answers };
        let ready = peer.line()?;
        if ready["ready"] != Value::Bool(true) {
            let why = ready["error"].as_str().map_or_else(|| ready.to_string(), str::to_owned);
            return Err(failed(format!("it cannot be set up: {why}")));
        }
        peer.version = ready["version"].as_str().unwrap_or("unknown").to_owned();
        peer.settings = ready["settings"].clone();
        peer.has_sums = ready["sums"] == Value::Bool(true);
        let sources = ready["sources"].as_array().map(Vec::as_slice).unwrap_or_default();
        peer.sources = sources.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Ok(peer)
    }

    /// Whether it can read this kind of source.
    pub(crate) fn reads(&self, source: &str) -> bool {
        self.sources.is_empty() || self.sources.iter().any(|own| own == source)
    }

    /// Whether it sums the rows that are left.
    pub(crate) fn has_sums(&self) -> bool {
        self.has_sums
    }

    /// Runs a query once; its rows go into a folder that is not there yet, or into a sink. The inner error is the peer's own.
    pub(crate) fn run(
        &mut self,
        request: &Request,
        sink: Sink,
        answer: Option<&Path>,
    ) -> Result<Result<Run, String>, CliError> {
        let source = if self.reads(request.source) { request.source } else { "parquet" };
        let line = json!({
            "suite": request.suite, "query": request.query, "events": request.events, "rate": request.rate,
            "parallelism": request.parallelism, "mode": request.mode, "source": source,
            "memory": request.memory, "input": request.input, "tables": request.tables, "sql": request.sql,
            "sink": sink.name(), "answer": answer,
        });
        let requests = self.requests.as_mut().expect("there until the end");
        let sent = writeln!(requests, "{line}").and_then(|()| requests.flush());
        sent.map_err(|error| self.failed(format!("it takes no question any more: {error}")))?;
        let answer = self.line()?;
        if let Some(why) = answer["error"].as_str() {
            return Ok(Err(why.to_owned()));
        }
        let seconds = answer["seconds"].as_f64();
        let seconds = seconds.ok_or_else(|| self.failed(format!("it answers without seconds: {answer}")))?;
        Ok(Ok(Run { seconds, cpu_seconds: answer["cpu_seconds"].as_f64(), consumed: consumed(&answer) }))
    }

    /// For other programs.
    pub(crate) fn json(&self) -> Value {
        json!({"name": self.name, "version": self.version, "settings": self.settings})
    }

    /// The next line that it says.
    fn line(&mut self) -> Result<Value, CliError> {
        let mut line = String::new();
        match self.answers.read_line(&mut line) {
            Ok(0) => Err(self.failed("it has ended; what it said before that stands above".to_owned())),
            Ok(_) => serde_json::from_str(&line)
                .map_err(|error| self.failed(format!("it says no JSON: {error}: {}", line.trim_end()))),
            Err(error) => Err(self.failed(format!("it cannot be heard: {error}"))),
        }
    }

    fn failed(&self, why: String) -> CliError {
        CliError::Peer(self.name.clone(), why)
    }
}

/// A peer as another program has kept it, in a line for people.
pub(crate) fn line(part: Part<'_>) -> Result<String, CliError> {
    let setting = |(name, value): (&String, Part<'_>)| {
        format!("{name} {}", value.as_text().map_or_else(|_| value.0.to_string(), str::to_owned))
    };
    let settings: Vec<String> = part.part("settings").entries().map(setting).collect();
    let between = if settings.is_empty() { "" } else { ": " };
    Ok(format!("{:<11} {}{between}{}", part.text("name")?, part.text("version")?, settings.join(", ")))
}

impl Drop for Peer {
    /// The end of its input is its end, and it stops what it has started.
    fn drop(&mut self) {
        drop(self.requests.take());
        // Nothing can be done about one that is gone already.
        let _ = self.child.wait();
    }
}

/// What its sink has summed, if it has.
fn consumed(answer: &Value) -> Option<Consumed> {
    let checksum = u64::from_str_radix(answer["checksum"].as_str()?, 16).ok()?;
    Some(Consumed { rows: answer["rows"].as_i64()?, changes: answer["changes"].as_i64()?, checksum })
}

/// The program of a peer.
fn program(name: &str, repository: Option<&Path>) -> Result<PathBuf, CliError> {
    let folder = match repository {
        Some(given) if given.join(FOLDER).is_dir() => given.join(FOLDER),
        Some(given) => {
            let words = format!("--repository {}: there is no {FOLDER} in it", given.display());
            return Err(CliError::Argument(words));
        }
        None => around().ok_or_else(|| {
            CliError::Argument(format!(
                "--peer {name}: peers are programs in {FOLDER} of the repository; start the command inside of it, or \
                 name it with --repository DIR"
            ))
        })?,
    };
    let file = folder.join(format!("{name}.py"));
    let is_plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter));
    if is_plain && file.is_file() {
        return Ok(file);
    }
    let known = known(&folder);
    let near = known
        .iter()
        .max_by(|one, other| strsim::jaro_winkler(one, name).total_cmp(&strsim::jaro_winkler(other, name)));
    let near = near.filter(|near| strsim::jaro_winkler(near, name) > 0.7);
    let advice = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
    Err(CliError::Argument(format!(
        "--peer {name}: there is no such peer{advice} Known: {}",
        known.join(", ")
    )))
}

/// The peers of the repository that the command is started in, or lies in.
fn around() -> Option<PathBuf> {
    let places = [std::env::current_dir(), std::env::current_exe()];
    let mut folders = places.iter().flatten().flat_map(|place| place.ancestors());
    folders.find(|folder| folder.join(FOLDER).is_dir()).map(|folder| folder.join(FOLDER))
}

fn known(folder: &Path) -> Vec<String> {
    #[expect(clippy::disallowed_methods, reason = "no job runs here, so there is no host to ask")]
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let programs = paths.filter(|path| path.extension().is_some_and(|extension| extension == "py"));
    let mut names: Vec<String> =
        programs.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_what_a_sink_says_and_nothing_else() {
        let told = json!({"rows": 7, "changes": 1, "checksum": "ffffffffffffff00"});
        assert_eq!(consumed(&told), Some(Consumed { rows: 7, changes: 1, checksum: u64::MAX - 255 }));
        assert_eq!(consumed(&json!({"rows": 7, "seconds": 1.0})), None);
    }

    #[test]
    fn a_peer_that_is_not_there_has_a_neighbour() {
        let folder = tempfile::tempdir().unwrap();
        let peers = folder.path().join(FOLDER);
        #[expect(clippy::disallowed_methods, reason = "a test makes its files")]
        {
            std::fs::create_dir_all(&peers).unwrap();
            std::fs::write(peers.join("duckdb.py"), "").unwrap();
            std::fs::write(peers.join("flink.py"), "").unwrap();
        }
        let words = program("dukdb", Some(folder.path())).unwrap_err().to_string();
        assert_eq!(words, "--peer dukdb: there is no such peer; did you mean duckdb? Known: duckdb, flink");
        let words = program("../flink", Some(folder.path())).unwrap_err().to_string();
        assert!(words.starts_with("--peer ../flink: there is no such peer"), "{words}");
        assert_eq!(program("flink", Some(folder.path())).unwrap(), peers.join("flink.py"));
        let words = program("flink", Some(&peers)).unwrap_err().to_string();
        assert!(words.contains("there is no bench/peers in it"), "{words}");
    }
}
