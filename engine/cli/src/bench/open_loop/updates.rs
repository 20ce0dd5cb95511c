//! A running count by key, every update sent on. The source is on one core, its keys on another one.

use millstream::operators::Source;
use millstream::prelude::{DataStream, Environment, Function, RuntimeMode};
use millstream::runtime::subtask::Failure;
use options::Settings;

use crate::run::CliError;

use super::heard::{Heard, Listening, Wanted};
use super::load::Load;
use super::sources::Stamp;
use super::stage;

/// The columns of an update.
const COUNT: usize = 1;
const DUE: usize = 2;

/// One run.
pub(crate) struct Updates {
    pub(crate) settings: Settings,
    pub(crate) load: Load,
}

impl Updates {
    /// Runs it, and looks whether all updates have come.
    pub(crate) fn run(self) -> Result<Heard, CliError> {
        let Self { settings, load } = self;
        let env = Environment::with(settings.clone());
        // Before there is a program: a batch would show the last update of each key only.
        env.parallelism(1).mode(RuntimeMode::Streaming);
        let rows: DataStream<(i64, i64)> = env.from_source("Source: Due", true, move |_| {
            Ok::<Box<dyn Source>, Failure>(load.source(&Stamp::Due))
        });
        let updates = rows.key_by_columns::<i64>(&["f0"]).aggregate_columns::<(i64, i64, i64)>([
            Function::Count.named("count"),
            Function::Max(1).named("due"),
        ]);
        let wanted = Wanted { rows: load.rows, sum: load.sum_of_counts(), silent: load.silent };
        let listening = Listening::to(&updates, COUNT, DUE, wanted);
        let elapsed = stage::run(&env.job_graph("updates")?, &settings)?;
        listening.heard(elapsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_updates_come_at_full_load_and_at_a_rate() {
        let mut settings = Settings::new();
        settings.define("taskmanager.memory.process.size=256mb").unwrap();
        for (load, recorded) in [(Load::full(50_000), 0), (Load::paced(2_000, 0.1, 0.1), 200)] {
            let heard = Updates { settings: settings.clone(), load }.run().unwrap();
            assert_eq!(heard.rows, load.rows);
            assert_eq!(heard.nanoseconds.len(), recorded);
            assert!(heard.rate > 0.0);
        }
    }
}
