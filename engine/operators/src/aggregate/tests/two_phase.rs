//! Aggregates in two phases against all rows at once.

use std::collections::BTreeMap;

use memory::{Batch, KeyGroups, Selection};
use state::redistribute;

use super::drive::{Drive, Random, Sent};
use super::row::{self, Row, Value};
use crate::aggregate::{Aggregation, GlobalAggregate, LocalAggregate};

struct Case {
    aggregation: Aggregation,
    /// By local subtask.
    rows: Vec<Vec<Row>>,
    keys_max: usize,
    random: Random,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let layout = row::layout(row::KEYS[random.below(row::KEYS.len())]);
        let locals = 1 + random.below(3);
        // Rows of two subtasks have no order.
        let aggregates = row::aggregates(&mut random, locals == 1);
        let rows = (0..locals)
            .map(|_| {
                let times: Vec<i64> = (0..random.below(30)).map(|_| random.between(-20, 20)).collect();
                times.into_iter().map(|time| Row::random(&mut random, time)).collect()
            })
            .collect();
        let keys_max = 1 + random.below(12);
        Self { aggregation: Aggregation::new(layout, aggregates), rows, keys_max, random }
    }

    fn expected(&self) -> Vec<Vec<Value>> {
        let mut seen: BTreeMap<Vec<Value>, Vec<&Row>> = BTreeMap::new();
        for row in self.rows.iter().flatten() {
            seen.entry(row.key(self.aggregation.input.key())).or_default().push(row);
        }
        let results = seen.into_iter().map(|(key, rows)| {
            let values = self.aggregation.aggregates.iter();
            let values = values.map(|aggregate| row::evaluate(aggregate.function, &rows));
            let time = rows.iter().map(|row| row.time).max().unwrap();
            key.iter().cloned().chain(values).chain([Value::Number(time.into())]).collect()
        });
        results.collect()
    }

    /// What a local subtask sends, saved and loaded on the way.
    fn local(&mut self, number: usize) -> Vec<Batch> {
        let mut drive = self.new_local();
        let rows = std::mem::take(&mut self.rows[number]);
        let mut sent = Vec::new();
        for part in rows.chunks(1 + self.random.below(9)) {
            drive.batch(row::batch(&self.aggregation.input, part, &mut self.random)).unwrap();
            if self.random.one_in(4) {
                let mut snapshots = redistribute(&[drive.save()], KeyGroups::default(), 1);
                sent.extend(drive.sent(0));
                drive = self.new_local();
                drive.load(snapshots.remove(0));
            }
        }
        drive.time(i64::MAX).unwrap();
        drive.end().unwrap();
        assert!(drive.save().parts().is_empty());
        sent.extend(drive.sent(0));
        self.rows[number] = rows;
        let batches =
            sent.into_iter().filter_map(|sent| if let Sent::Rows(batch) = sent { Some(batch) } else { None });
        batches.collect()
    }

    fn new_local(&mut self) -> Drive {
        Drive::new(LocalAggregate::new(&self.aggregation, self.keys_max).unwrap(), self.random.bits())
    }

    fn run(&mut self) -> Vec<Vec<Value>> {
        let keys = self.aggregation.input.key().len();
        let globals = 1 + self.random.below(3);
        let mut drives: Vec<Drive> = (0..globals)
            .map(|_| Drive::new(GlobalAggregate::new(&self.aggregation).unwrap(), self.random.bits()))
            .collect();
        for number in 0..self.rows.len() {
            for batch in self.local(number) {
                for (owner, part) in exchange(&batch, keys, globals).into_iter().enumerate() {
                    drives[owner].batch(part).unwrap();
                }
            }
        }
        let mut results = Vec::new();
        for drive in &mut drives {
            drive.time(i64::MAX).unwrap();
            drive.end().unwrap();
            for sent in drive.sent(0) {
                if let Sent::Rows(batch) = sent {
                    results.extend(row::read(&batch, keys));
                }
            }
        }
        results.sort();
        results
    }
}

/// The rows of a batch by the owners of their keys.
pub(crate) fn exchange(batch: &Batch, keys: usize, parallelism: usize) -> Vec<Batch> {
    let mut hashes = Vec::new();
    memory::hash_key(&batch.columns().columns()[..keys], batch.rows(), &mut hashes).unwrap();
    let groups = KeyGroups::default();
    let owner = |hash: &u64| groups.owner(groups.of(*hash), u32::try_from(parallelism).unwrap()) as usize;
    let of_owner = |number: usize| {
        let rows = (0..).zip(&hashes).filter(|(_, hash)| owner(hash) == number).map(|(row, _)| row);
        batch.clone().with_selection(Selection::new(rows.collect()))
    };
    (0..parallelism).map(of_owner).collect()
}

#[test]
fn two_phases_make_what_one_would() {
    for seed in 0..5000 {
        let mut case = Case::new(seed);
        let expected = case.expected();
        assert_eq!(case.run(), expected, "seed {seed}: {:?}", case.aggregation);
    }
}

/// How many partial rows are sent of rows with these words, a batch each.
fn partial_rows(keys_max: usize, batches: &[Vec<String>]) -> usize {
    let layout = row::layout(&[0]);
    let aggregation = Aggregation::new(layout.clone(), vec![]);
    let mut random = Random::new(1);
    let mut drive = Drive::new(LocalAggregate::new(&aggregation, keys_max).unwrap(), 1);
    for words in batches {
        let rows: Vec<Row> = words
            .iter()
            .map(|word| Row { word: Some(word.clone()), ..Row::random(&mut random, 0) })
            .collect();
        drive.batch(row::batch(&layout, &rows, &mut random)).unwrap();
    }
    drive.time(i64::MAX).unwrap();
    drive.sent(0).iter().map(|sent| if let Sent::Rows(batch) = sent { batch.rows() } else { 0 }).sum()
}

#[test]
fn what_hardly_repeats_is_passed_on() {
    let words = |from: usize, rows: usize, distinct: usize| -> Vec<String> {
        (0..rows).map(|row| format!("{}", from + row % distinct)).collect()
    };
    // Four rows a key: two tables of four keys, and nothing is passed on.
    assert_eq!(partial_rows(4, &[words(0, 16, 4), words(0, 16, 4)]), 8);
    // Two rows a key are just enough.
    assert_eq!(partial_rows(4, &[words(0, 8, 4), words(0, 16, 1)]), 4 + 1);
    // A row a key: the table is sent, and then each row for itself, though rows repeat now.
    assert_eq!(partial_rows(4, &[words(0, 4, 4), words(0, 16, 1)]), 4 + 16);
    // Rows are counted anew for each table: the first pays, the second does not.
    assert_eq!(partial_rows(4, &[words(0, 16, 4), words(4, 4, 4), words(0, 16, 1)]), 4 + 4 + 16);
    // A hundred tables later another try is made.
    let mut batches = vec![words(0, 4, 4)];
    batches.extend((0..100).map(|_| words(0, 4, 1)));
    assert_eq!(partial_rows(4, &batches), 4 + 400);
    batches.extend((0..100).map(|_| words(0, 4, 1)));
    assert_eq!(partial_rows(4, &batches), 4 + 400 + 1);
}
