//! Rolling aggregates against all rows so far.

use std::collections::BTreeMap;

use memory::KeyGroups;
use state::redistribute;

use super::drive::{Drive, Random, Sent};
use super::row::{self, Row, Value};
use crate::aggregate::{Aggregation, Function, LocalAggregate, Results, RollingAggregate};

/// Rows by key, in order.
type ByKey = BTreeMap<Vec<Value>, Vec<Vec<Value>>>;

struct Case {
    aggregation: Aggregation,
    rows: Vec<Row>,
    random: Random,
}

impl Case {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let layout = row::layout(row::KEYS[random.below(row::KEYS.len())]);
        let aggregates = row::aggregates(&mut random, true);
        let rows = (0..random.below(40)).map(|_| random.between(-20, 20)).collect::<Vec<_>>();
        let rows = rows.into_iter().map(|time| Row::random(&mut random, time)).collect();
        Self { aggregation: Aggregation::new(layout, aggregates), rows, random }
    }

    fn key(&self, row: &Row) -> Vec<Value> {
        row.key(self.aggregation.input.key())
    }

    /// The result of each row, or of the last row of each key, by key.
    fn expected(&self, results: Results) -> ByKey {
        let mut seen: BTreeMap<Vec<Value>, Vec<&Row>> = BTreeMap::new();
        let mut expected = ByKey::new();
        for row in &self.rows {
            let key = self.key(row);
            let rows = seen.entry(key.clone()).or_default();
            rows.push(row);
            let aggregates = self.aggregation.aggregates.iter();
            let values = aggregates.map(|aggregate| row::evaluate(aggregate.function, rows));
            let greatest = rows.iter().map(|row| row.time).max().unwrap();
            let time = if results == Results::EachRow { row.time } else { greatest };
            let result = key.iter().cloned().chain(values).chain([Value::Number(time.into())]).collect();
            let of_key = expected.entry(key).or_default();
            if results == Results::Last {
                of_key.clear();
            }
            of_key.push(result);
        }
        expected
    }

    /// What comes out of subtasks, saved and dealt out anew some times on the way.
    fn run(&mut self, results: Results) -> ByKey {
        let keys = self.aggregation.input.key().len();
        let mut sent = ByKey::new();
        let rows = self.rows.clone();
        let mut restores = vec![state::Restore::default(); 1 + self.random.below(3)];
        let stages = 1 + self.random.below(3);
        for stage in 0..stages {
            let mut drives: Vec<Drive> = Vec::new();
            for restore in restores {
                let operator = RollingAggregate::new(&self.aggregation, results).unwrap();
                drives.push(Drive::new(operator, self.random.bits()));
                drives.last_mut().unwrap().load(restore);
            }
            let part = &rows[rows.len() * stage / stages..rows.len() * (stage + 1) / stages];
            for (owner, batch) in row::deal(&self.aggregation.input, part, drives.len(), &mut self.random) {
                drives[owner].batch(batch).unwrap();
            }
            for drive in &mut drives {
                drive.time(stage as i64).unwrap();
            }
            if stage + 1 == stages {
                for drive in &mut drives {
                    drive.time(i64::MAX).unwrap();
                    drive.end().unwrap();
                    assert!(results == Results::EachRow || drive.save().parts().is_empty());
                }
            }
            for drive in &mut drives {
                let all = drive.sent(0);
                let is_over = results == Results::EachRow || stage + 1 == stages;
                assert!(is_over || all.is_empty(), "sent before the end");
                let last = all.iter().rposition(|sent| matches!(sent, Sent::Rows(_)));
                let first = all.iter().position(|sent| matches!(sent, Sent::Time(_)));
                assert!(last < first || first.is_none(), "rows behind their time");
                for each in all {
                    let Sent::Rows(batch) = each else { continue };
                    for result in row::read(&batch, keys) {
                        sent.entry(result[..keys].to_vec()).or_default().push(result);
                    }
                }
            }
            let snapshots: Vec<_> = drives.iter_mut().map(Drive::save).collect();
            restores = redistribute(&snapshots, KeyGroups::default(), self.random.parallelism());
        }
        sent
    }
}

#[test]
fn each_row_has_the_result_of_all_rows_so_far() {
    for seed in 0..5000 {
        let mut case = Case::new(seed);
        let expected = case.expected(Results::EachRow);
        assert_eq!(case.run(Results::EachRow), expected, "seed {seed}: {:?}", case.aggregation);
    }
}

#[test]
fn each_key_has_a_row_in_the_end() {
    for seed in 0..5000 {
        let mut case = Case::new(seed);
        let expected = case.expected(Results::Last);
        assert_eq!(case.run(Results::Last), expected, "seed {seed}: {:?}", case.aggregation);
    }
}

#[test]
fn many_keys_leave_in_pieces() {
    let layout = row::layout(&[1]);
    let aggregation = Aggregation::new(layout.clone(), vec![Function::Count.named("n")]);
    let mut random = Random::new(1);
    let rows: Vec<Row> =
        (0..20_000).map(|number| Row { number: Some(number), ..Row::random(&mut random, 0) }).collect();
    let operators: [Box<dyn Fn() -> Drive>; 2] = [
        Box::new(|| Drive::new(RollingAggregate::new(&aggregation, Results::Last).unwrap(), 1)),
        Box::new(|| Drive::new(LocalAggregate::new(&aggregation, usize::MAX).unwrap(), 1)),
    ];
    for operator in operators {
        let mut drive = operator();
        for part in rows.chunks(1000) {
            drive.batch(row::batch(&layout, part, &mut random)).unwrap();
        }
        drive.time(i64::MAX).unwrap();
        let mut keys = Vec::new();
        for sent in drive.sent(0) {
            if let Sent::Rows(batch) = sent {
                keys.extend(row::read(&batch, 1).into_iter().map(|row| row[0].clone()));
            }
        }
        assert!(keys == rows.iter().map(|row| row.value(1)).collect::<Vec<_>>());
    }
}
