//! A script cut into what is given to an operator at once.

use super::chance::Chance;
use super::run::Way;
use super::script::{Item, Row};
use crate::rows::BATCH_ROWS;

/// Into which batches neighbours of one port are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// One.
    Whole,
    /// One for each row.
    Rows,
    ByChance,
    /// Small ones first, then full ones.
    Growing,
}

/// What is given at once.
pub(super) enum Step {
    Rows(usize, Vec<Row>),
    Time(i64),
    Wait(u64),
}

/// The steps of a script.
pub(super) fn steps_of(items: &[Item], way: &Way, chance: &mut Chance) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut room = 0;
    for item in items {
        match item {
            Item::Row(row) => match steps.last_mut() {
                Some(Step::Rows(port, rows)) if *port == row.port && rows.len() < room => {
                    rows.push(row.clone())
                }
                _ => {
                    room = match way.cut {
                        Cut::Whole => usize::MAX,
                        Cut::Rows => 1,
                        Cut::ByChance => 1 + chance.below(6),
                        Cut::Growing => (room * 8).clamp(64, BATCH_ROWS),
                    };
                    steps.push(Step::Rows(row.port, vec![row.clone()]));
                }
            },
            Item::Watermark(now) => steps.push(Step::Time(*now)),
            Item::Wait(passed_ms) => steps.push(Step::Wait(*passed_ms)),
        }
    }
    steps
}
