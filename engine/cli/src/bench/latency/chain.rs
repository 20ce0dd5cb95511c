//! A map and a filter behind the source, in one chain: nothing crosses a core.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{BooleanArray, Int64Array, RecordBatch};
use millstream::operators::Source;
use millstream::prelude::{DataStream, Environment, RuntimeMode};
use millstream::runtime::subtask::Failure;
use options::Settings;

use crate::bench::open_loop::{Heard, Listening, Load, Stamp, Wanted, key, run as run_on_stage};
use crate::run::CliError;

/// The columns of a row: what becomes of its key, and when it was due.
const MAPPED: usize = 0;
const DUE: usize = 1;

/// Runs it, and looks whether the rows have come that the filter keeps.
pub(super) fn run(settings: &Settings, load: Load) -> Result<Heard, CliError> {
    let env = Environment::with(settings.clone());
    env.parallelism(1).mode(RuntimeMode::Streaming);
    let rows: DataStream<(i64, i64)> = env
        .from_source("Source: Due", true, move |_| Ok::<Box<dyn Source>, Failure>(load.source(&Stamp::Due)));
    let mapped = rows.map_columns::<(i64, i64)>(|rows| {
        let numbers: Int64Array = keys(rows).unary(mapped);
        RecordBatch::try_new(rows.schema(), vec![Arc::new(numbers), rows.column(DUE).clone()])
            .map_err(Failure::lasting)
    });
    let kept = mapped.filter_columns(|rows| Ok(BooleanArray::from_unary(keys(rows), is_kept)));
    let listening = Listening::to(&kept, MAPPED, DUE, wanted(load));
    let elapsed = run_on_stage(&env.job_graph("chain")?, settings)?;
    listening.heard(elapsed)
}

fn keys(rows: &RecordBatch) -> &Int64Array {
    rows.column(MAPPED).as_primitive::<Int64Type>()
}

fn mapped(key: i64) -> i64 {
    3 * key + 1
}

/// Every other row.
fn is_kept(number: i64) -> bool {
    number % 2 == 0
}

/// What a plain loop comes to.
fn wanted(load: Load) -> Wanted {
    let mut wanted = Wanted { rows: 0, sum: 0, silent: 0 };
    for row in 0..load.rows {
        let number = mapped(key(row));
        if is_kept(number) {
            wanted.rows += 1;
            wanted.sum = wanted.sum.wrapping_add(number.cast_unsigned());
            wanted.silent += u64::from(row < load.silent);
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_rows_come() {
        let mut settings = Settings::new();
        settings.define("taskmanager.memory.process.size=256mb").unwrap();
        let heard = run(&settings, Load::paced(2_000, 0.1, 0.1)).unwrap();
        assert_eq!((heard.rows, heard.nanoseconds.len()), (200, 100));
    }
}
