//! Questions and answers: a line of JSON each. The end of the input is the end of the program.

use std::io::{BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use serde_json::{Value, json};

use crate::nexmark::Corpus;
use crate::sum::Sum;

/// A query over a corpus.
#[derive(Clone, Debug)]
pub struct Question {
    pub query: String,
    pub corpus: Corpus,
    pub workers: usize,
    /// The folder that the rows go into; without one they are thrown away.
    pub answer: Option<PathBuf>,
    /// Whether all of a row is read before it is thrown away.
    pub reads: bool,
}

/// What a run has come to.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// From the first event to the last row.
    pub elapsed: Duration,
    /// Rows and changes of rows that came out.
    pub rows: u64,
    /// What the sinks have read, if they read.
    pub sum: Option<Sum>,
    /// What all processors have worked for it.
    pub cpu: Duration,
}

/// Since when a run is running.
#[derive(Clone, Copy, Debug)]
pub struct Began {
    at: Instant,
    cpu: ProcessTime,
}

impl Began {
    /// Now.
    pub fn now() -> Self {
        Self { at: Instant::now(), cpu: ProcessTime::now() }
    }

    /// When its last row has come.
    pub fn end(self, rows: u64, sum: Option<Sum>) -> Outcome {
        Outcome { elapsed: self.at.elapsed(), rows, sum, cpu: self.cpu.elapsed() }
    }
}

/// Says that this engine is ready, and answers questions until there are no more. `run` says why it has no answer.
pub fn serve(
    name: &str,
    version: &str,
    settings: Value,
    mut run: impl FnMut(&Question) -> Result<Outcome, String>,
) {
    say(
        &json!({"ready": true, "name": name, "version": version, "settings": settings, "sources": ["generator"]}),
    );
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let asked: Value = serde_json::from_str(&line).unwrap_or(Value::Null);
        let query = asked["query"].clone();
        let outcome = question(&asked, name).and_then(|question| {
            let outcome = catch_unwind(AssertUnwindSafe(|| run(&question)));
            outcome.unwrap_or_else(|_| Err("it has failed; what it said before that stands above".to_owned()))
        });
        say(&match outcome {
            Ok(Outcome { elapsed, rows, sum, cpu }) => json!({
                "query": query, "seconds": elapsed.as_secs_f64(), "rows": rows, "cpu_seconds": cpu.as_secs_f64(),
                "changes": sum.map(|sum| sum.changes), "checksum": sum.map(|sum| format!("{:016x}", sum.checksum)),
            }),
            Err(why) => json!({"query": query, "error": why}),
        });
    }
}

fn say(answer: &Value) {
    let mut output = std::io::stdout().lock();
    // Nobody is left to be told that nobody listens.
    let _ = writeln!(output, "{answer}").and_then(|()| output.flush());
}

fn question(asked: &Value, name: &str) -> Result<Question, String> {
    if asked["suite"] != "nexmark" {
        return Err(format!("it has no queries of {}", asked["suite"].as_str().unwrap_or("nothing")));
    }
    if asked["mode"] != "streaming" {
        return Err(format!("{name} runs streams only"));
    }
    let number = |field: &str| asked[field].as_u64().filter(|number| *number > 0);
    let needed = |field: &str| number(field).ok_or_else(|| format!("{field} is not told"));
    Ok(Question {
        query: asked["query"].as_str().unwrap_or_default().to_owned(),
        corpus: Corpus { events: needed("events")?, rate: needed("rate")? },
        workers: usize::try_from(needed("parallelism")?).unwrap_or(1),
        answer: asked["answer"].as_str().map(PathBuf::from),
        reads: asked["sink"] == "checksum",
    })
}
