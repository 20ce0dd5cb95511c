//! Statements of the scripts with a mistake in them, by chance: whoever types makes all of these sooner or later.
//!
//! A statement is mutated, planned, and run if it is one still. It ends, nothing panics, and what is said of it is for people: no word
//! that only the source of a program has, and a place that is in the text. Whether the rows are right is not asked here.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test falls where it stands, and reads its scripts"
)]

#[path = "read/slt.rs"]
mod slt;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use connect::NotYet;
use millstream::JobClient;
use options::Settings;
use slt::Script;
use sql::{Files, Listed, Look, Outcome, PlannedJob, Seen, Session, SqlError};

/// How many statements are asked.
const MUTATIONS: usize = 1_000;
/// Which ones: others for another number.
const SEED: u64 = 1;
/// In which a job has to end.
const PATIENCE: Duration = Duration::from_secs(60);
/// Planning walks a query as deep as it is nested, and here without what a release saves of a stack.
const STACK_BYTES: usize = 256 << 20;

/// What is printed of values by their own program, and words of libraries that no user has met.
const NOT_FOR_PEOPLE: [&str; 16] = [
    "Some(",
    "None",
    "Literal(",
    "ScalarValue",
    "DataFusion",
    "Internal error",
    "Ident {",
    " { ",
    "Expr::",
    "::",
    "Utf8View",
    "Decimal128",
    "Float64",
    "Date32",
    "unwrap",
    "panicked",
];

/// Letters that stand where others should.
const LETTERS: &str = "abcxyzABC019_'\"`().,;*%ä\\$@#{}[]<>=+-/ ";

/// A number after the other, the same ones for a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((bits ^ (bits >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// The scripts' folder: what a session may look at. Nothing is written there.
struct Scripts(PathBuf);

impl Files for Scripts {
    fn sample(&self, path: &str, look: Look) -> Result<Seen, String> {
        let bytes = std::fs::read(self.0.join(path)).map_err(|_| "there is no such file".to_owned())?;
        let head = usize::try_from(look.head).unwrap_or(usize::MAX).min(bytes.len());
        let tail = bytes.len() - usize::try_from(look.tail).unwrap_or(usize::MAX).min(bytes.len());
        let length = bytes.len().try_into().unwrap();
        Ok(Seen { path: path.to_owned(), head: bytes[..head].to_vec(), tail: bytes[tail..].to_vec(), length })
    }

    fn bytes(&self, path: &str) -> Option<u64> {
        self.0.join(path).metadata().ok().map(|data| data.len())
    }

    fn zone(&self) -> expr::Zone {
        expr::Zone::UTC
    }

    fn now_ms(&self) -> i64 {
        1_795_782_645_120
    }

    fn unique(&self) -> String {
        "once".to_owned()
    }

    fn list(&self, directory: &str) -> Result<Vec<Listed>, String> {
        Err(format!("{directory}: nothing is there"))
    }

    fn read(&self, _: &str) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn write(&self, path: &str, _: &str) -> Result<(), String> {
        Err(format!("{path}: nothing is written here"))
    }

    fn remove(&self, path: &str) -> Result<(), String> {
        Err(format!("{path}: nothing is written here"))
    }

    fn make_directory(&self, path: &str) -> Result<(), String> {
        Err(format!("{path}: nothing is written here"))
    }
}

/// Words, numbers, texts, signs and blanks of a text, which are all of it.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let while_true = |is_part: fn(char) -> bool| {
            rest.char_indices().find(|(_, letter)| !is_part(*letter)).map_or(rest.len(), |(at, _)| at)
        };
        let end = match first {
            quote @ ('\'' | '`') => rest[1..].find(quote).map_or(rest.len(), |at| at + 2),
            letter if letter.is_whitespace() => while_true(char::is_whitespace),
            letter if letter.is_alphanumeric() || letter == '_' => {
                while_true(|letter| letter.is_alphanumeric() || letter == '_')
            }
            letter => letter.len_utf8(),
        };
        tokens.push(rest[..end].to_owned());
        rest = &rest[end..];
    }
    tokens
}

/// The text with one to three mistakes.
fn mutated(text: &str, words: &[String], chance: &mut Chance) -> String {
    let mut tokens = tokens(text);
    for _ in 0..*chance.of(&[1, 1, 1, 2, 3]) {
        let places: Vec<usize> =
            (0..tokens.len()).filter(|place| !tokens[*place].trim().is_empty()).collect();
        if places.is_empty() {
            break;
        }
        let (one, other) = (*chance.of(&places), *chance.of(&places));
        let mut letters: Vec<char> = tokens[one].chars().collect();
        let letter = chance.below(letters.len());
        let wrong = *chance.of(&LETTERS.chars().collect::<Vec<_>>());
        match chance.below(9) {
            0 => drop(tokens.remove(one)),
            1 => tokens.insert(one, format!("{} ", tokens[one])),
            2 => tokens.swap(one, other),
            3 => tokens.truncate(one),
            4 => {
                letters[letter] = wrong;
                tokens[one] = letters.into_iter().collect();
            }
            5 => tokens[one] = chance.of(words).clone(),
            6 => tokens.insert(one, format!("{} ", chance.of(words))),
            7 => {
                letters.insert(letter, wrong);
                tokens[one] = letters.into_iter().collect();
            }
            _ => drop(tokens.drain(one.min(other)..one.max(other))),
        }
    }
    tokens.concat()
}

/// Why a statement has not come to its end.
enum Trouble {
    Sql(SqlError),
    /// In words of a job.
    Job(String),
    /// It goes on.
    Endless,
}

impl Trouble {
    fn words(&self) -> String {
        match self {
            Self::Sql(error) => error.to_string(),
            Self::Job(words) => words.clone(),
            Self::Endless => format!("has not ended after {PATIENCE:?}"),
        }
    }
}

impl From<SqlError> for Trouble {
    fn from(error: SqlError) -> Self {
        Self::Sql(error)
    }
}

/// Runs a job and takes what comes out of it.
fn run(job: PlannedJob) -> Result<(), Trouble> {
    let PlannedJob { graph, settings, rows, .. } = job;
    let in_words = |error: millstream::ExecuteError| Trouble::Job(error.to_string());
    let client = JobClient::start(&graph, &settings).map_err(in_words)?;
    drop(graph);
    let begun = Instant::now();
    let mut collected = rows.map(|rows| rows.collected);
    while !client.has_ended_within(Duration::from_millis(1)) {
        while let Some(Ok(Some(_))) =
            collected.as_mut().map(|collected| collected.next_within(Duration::ZERO))
        {}
        if begun.elapsed() > PATIENCE {
            client.cancel();
            return Err(Trouble::Endless);
        }
    }
    let _: Option<Result<_, NotYet>> =
        collected.as_mut().map(|collected| collected.next_within(Duration::ZERO));
    client.wait().map(drop).map_err(in_words)
}

/// What a text comes to.
fn outcome(session: &mut Session, text: &str) -> Result<(), Trouble> {
    session.run(text, |outcome| match outcome {
        // What an INSERT would write is nobody's.
        Outcome::Job(job) if job.rows.is_some() => run(*job),
        _ => Ok(()),
    })
}

/// What is wrong with what was said of a text, if anything is.
fn complaint(text: &str, trouble: &Trouble) -> Option<String> {
    let said = trouble.words();
    let words = said.split("\n  |").next().unwrap().split(" |\n").next().unwrap();
    // What is quoted stands in the statement, and so does what is repeated of it.
    let told: String = words.split('\'').step_by(2).collect();
    if let Some(word) =
        NOT_FOR_PEOPLE.iter().find(|word| told.contains(**word) && !text.contains(word.trim()))
    {
        return Some(format!("says {word:?}"));
    }
    let error = match trouble {
        Trouble::Sql(error) => error,
        Trouble::Job(_) => return None,
        Trouble::Endless => return Some(said),
    };
    let place = error.place()?;
    let line = usize::try_from(place.line).unwrap().checked_sub(1).and_then(|line| text.lines().nth(line));
    let letters = line.map_or(0, |line| line.chars().count() + 1);
    let is_there = (1..=letters).contains(&usize::try_from(place.column).unwrap());
    (!is_there).then(|| format!("points to {place:?}"))
}

fn session(scripts: &Path, mode: &str, setup: &str) -> Session {
    let mut settings = Settings::new();
    for definition in [
        "parallelism.default=2",
        "taskmanager.memory.process.size=256mb",
        &format!("execution.runtime-mode={mode}"),
    ] {
        settings.define(definition).unwrap();
    }
    let mut session = Session::new(settings, Arc::new(Scripts(scripts.to_owned())));
    session.run(setup, |_| Ok::<_, SqlError>(())).unwrap();
    session
}

/// The scripts of the folder, in the order of their names.
fn texts(folder: &Path) -> Vec<String> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "slt"));
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

fn ask(folder: &Path) {
    let texts = texts(folder);
    let scripts: Vec<Script<'_>> = texts.iter().map(|text| Script::read(text)).collect();
    let records = scripts.iter().flat_map(|script| &script.records);
    let words: Vec<String> = records.flat_map(|record| tokens(&record.sql)).collect();
    let words: Vec<String> = words.into_iter().filter(|word| !word.trim().is_empty()).collect();
    let (mut chance, mut wrong, mut mistakes) = (Chance(SEED), Vec::new(), 0);
    for number in 0..MUTATIONS {
        let script = &scripts[number % scripts.len()];
        let text = mutated(&chance.of(&script.records).sql, &words, &mut chance);
        let mode = *chance.of(&["automatic", "automatic", "streaming"]);
        let mut session = session(folder, mode, &script.setup);
        match catch_unwind(AssertUnwindSafe(|| outcome(&mut session, &text))) {
            Ok(Ok(())) => {}
            Ok(Err(trouble)) => {
                mistakes += 1;
                let complaint = complaint(&text, &trouble);
                wrong.extend(complaint.map(|what| format!("{mode}: {what}\n{text}{}\n", trouble.words())));
            }
            Err(_) => wrong.push(format!("{mode}: panics\n{text}\n")),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    // Some mistakes make another statement, and most do not.
    assert!((MUTATIONS / 2..MUTATIONS).contains(&mistakes), "{mistakes} mistakes");
}

#[test]
fn statements_with_mistakes_are_taken_well() {
    let folder = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says which checkout it is"))
        .join("tests/sql");
    // Jobs read what the statements name; this binary has no other test.
    std::env::set_current_dir(&folder).unwrap();
    runtime::threads::deep("mutations", STACK_BYTES, move || ask(&folder)).unwrap();
}
