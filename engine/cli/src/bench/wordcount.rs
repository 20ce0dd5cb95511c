//! `millstream bench wordcount`: how often each word comes, as a stream and as a batch over the same file.
//!
//! Words of seven letters, five thousand different ones, as in Pathway's benchmark. What is right is counted while they are made.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use clap::Args;
use options::Settings;
use runtime::random::Random;

use crate::bench::answer::{Answer, Likeness, Sum};
use crate::bench::cache;
use crate::bench::contest::say;
use crate::bench::parquet_file::ParquetFile;
use crate::bench::suite::{self, Suite, SuiteArguments};
use crate::bench::tables::{Tables, Text};
use crate::run::CliError;

const DIFFERENT: usize = 5_000;
const LETTERS: usize = 7;
/// Rows that are made at once.
const BATCH_ROWS: usize = 1 << 16;
const SEED: u64 = 111;
const QUERY: &str = "SELECT word, COUNT(*) AS n FROM words GROUP BY word";

/// What is measured.
#[derive(Args, Debug)]
pub(crate) struct WordcountArguments {
    /// How many words. The card has 76 million.
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000_000))]
    words: u64,
    #[command(flatten)]
    suite: SuiteArguments,
}

/// Does what the arguments say.
pub(crate) fn run(arguments: &WordcountArguments) -> Result<(), CliError> {
    suite::run(&arguments.suite, |settings| make(arguments.words, settings))
}

fn make(words: u64, settings: &Settings) -> Result<Suite, CliError> {
    let folder = cache::kept(&format!("wordcount/{words}"), |folder| {
        say(&format!("writing {words} words"));
        write(folder, words)
    })?;
    let tables = Tables::in_folder(folder, &["words"])?;
    let right = counted(words);
    let question = |(name, mode): (&str, &'static str)| {
        let text = Text { suite: "wordcount", name: name.to_owned(), sql: QUERY.to_owned(), standard: None };
        let mut question = tables.question(settings, text, Likeness::Same);
        question.tables.push_str(&format!("SET 'execution.runtime-mode' = '{mode}';\n"));
        question.request.mode = mode;
        question.amount = Some(words);
        (question, Some(right))
    };
    Ok(Suite {
        name: "wordcount",
        data: format!("{words} words, {DIFFERENT} different ones of {LETTERS} letters"),
        told: Vec::new(),
        unit: "words",
        questions: [("stream", "streaming"), ("batch", "batch")].map(question).to_vec(),
    })
}

/// The words in the order in which they come, each as its number.
fn drawn(words: u64) -> impl Iterator<Item = usize> {
    let mut random = Random::new(SEED);
    (0..words).map(move |_| usize::try_from(random.below(DIFFERENT as u64)).expect("below a usize"))
}

/// All words there are.
fn vocabulary() -> Vec<String> {
    let mut random = Random::new(SEED ^ 1);
    let mut taken = std::collections::BTreeSet::new();
    while taken.len() < DIFFERENT {
        let mut letter = |_| char::from(b'a' + u8::try_from(random.below(26)).expect("one of 26"));
        taken.insert((0..LETTERS).map(&mut letter).collect::<String>());
    }
    taken.into_iter().collect()
}

fn write(folder: &Path, words: u64) -> Result<(), CliError> {
    let vocabulary = vocabulary();
    let schema = Arc::new(Schema::new(vec![Field::new("word", DataType::Utf8, false)]));
    let mut file = ParquetFile::create(&folder.join("words.parquet"), schema.clone())?;
    let mut drawn = drawn(words);
    loop {
        let batch = drawn.by_ref().take(BATCH_ROWS).map(|word| vocabulary[word].as_str());
        let column = StringArray::from_iter_values(batch);
        let rows = RecordBatch::try_new(schema.clone(), vec![Arc::new(column) as ArrayRef]);
        let rows = rows.expect("one column");
        if rows.num_rows() == 0 {
            return file.close();
        }
        file.write(&rows)?;
    }
}

/// What a plain loop counts.
fn counted(words: u64) -> Sum {
    let mut counts = vec![0_u64; DIFFERENT];
    drawn(words).for_each(|word| counts[word] += 1);
    let mut answer = Answer::new(Likeness::Same, false);
    for (word, count) in vocabulary().iter().zip(counts).filter(|(_, count)| *count > 0) {
        answer.row([word.as_str(), &count.to_string()].into_iter(), true);
    }
    answer.finish().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_words_are_not_all_of_them() {
        assert_eq!(vocabulary().len(), DIFFERENT);
        assert_eq!(counted(1).rows, 1);
        assert_eq!(counted(1_000_000).rows, 5_000);
    }
}
