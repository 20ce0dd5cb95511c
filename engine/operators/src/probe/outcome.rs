//! What an operator has sent, and whether that is the same as what another run has.

use memory::RowKind;
use shuffle::Watermark;
use state::Snapshot;

use super::cells;
use super::instance::Instance;
use super::script::{Row, show};
use super::trial::Fault;
use super::world::Sent;

/// Which order of rows counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// That of all rows.
    Whole,
    /// That of the rows of a key: these places of a row.
    Key(Vec<usize>),
    /// None.
    Free,
}

/// What has come of a run.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    /// By output.
    pub(super) rows: Vec<Vec<Row>>,
    /// By output: the names of the columns, without event time.
    pub(super) names: Vec<Vec<String>>,
    /// The rows of the largest batch.
    pub(super) largest: usize,
    /// The most batches that were sent while the outside refused.
    pub(super) beyond_max: usize,
    /// A row that came behind the watermark that has made it.
    pub(super) behind_time: Option<Row>,
    /// The last watermark.
    pub(super) time: Option<Watermark>,
    /// States that are left after the end.
    pub(super) left: Vec<String>,
}

impl Outcome {
    pub(super) fn new(outputs: usize) -> Self {
        Self {
            rows: vec![Vec::new(); outputs],
            names: vec![Vec::new(); outputs],
            largest: 0,
            beyond_max: 0,
            behind_time: None,
            time: None,
            left: Vec::new(),
        }
    }

    /// Takes what an instance has sent since it was asked the last time, which was before its last delivery.
    pub(super) fn collect(&mut self, instance: &mut Instance) {
        self.beyond_max = self.beyond_max.max(instance.world.beyond_max);
        for (output, sent) in instance.world.sent.iter_mut().enumerate() {
            let mut passed: Option<Watermark> = None;
            for sent in sent.drain(..) {
                match sent {
                    Sent::Time(now) => {
                        passed = Some(now);
                        self.time = self.time.max(passed);
                    }
                    Sent::Rows(batch) => {
                        self.largest = self.largest.max(batch.rows());
                        let rows = cells::rows_of(&batch);
                        if let Some(now) = passed {
                            let is_late = |row: &&Row| row.time.is_none_or(|time| time <= now.0);
                            self.behind_time = self.behind_time.take().or(rows.iter().find(is_late).cloned());
                        }
                        let schema = batch.schema();
                        let names = schema.fields().iter().map(|field| field.name().clone());
                        self.names[output] = names.filter(|name| name != crate::layout::TIME).collect();
                        self.rows[output].extend(rows);
                    }
                }
            }
        }
    }

    pub(super) fn keep_left(&mut self, snapshot: &Snapshot) {
        let left = snapshot.parts().iter().filter(|part| part.rows.num_rows() > 0);
        self.left.extend(left.map(|part| format!("{} rows of state `{}`", part.rows.num_rows(), part.name)));
    }

    pub(super) fn rows_sent(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }
}

/// Whether these are the same rows, when this order counts.
pub(super) fn same(output: usize, wanted: &[Row], found: &[Row], order: &Order) -> Result<(), Fault> {
    if arranged(wanted, order) == arranged(found, order) {
        return Ok(());
    }
    let of = if output == 0 { String::new() } else { format!(" of output {output}") };
    let (wanted, found) = (shown(wanted), shown(found));
    Err(Fault::plain(format!("other rows{of}\nwanted  {wanted}\nfound   {found}")))
}

/// The last row of each key, without its time.
pub(super) fn last_of_key(rows: &[Row], key: &[usize]) -> Vec<Row> {
    let mut last = std::collections::BTreeMap::new();
    for row in rows {
        last.insert(key_of(row, key), Row { time: None, ..row.clone() });
    }
    last.into_values().collect()
}

/// The same rows without their times.
pub(super) fn timeless(rows: &[Row]) -> Vec<Row> {
    rows.iter().map(|row| Row { time: None, ..row.clone() }).collect()
}

/// What a changelog comes to, without times.
pub(super) fn folded(rows: &[Row]) -> Result<Vec<Row>, Fault> {
    let mut there = std::collections::BTreeMap::<_, Vec<Row>>::new();
    for row in rows {
        let alike = there.entry(row.values.join(" ")).or_default();
        if row.kind.adds() {
            alike.push(Row { kind: RowKind::Insert, time: None, ..row.clone() });
        } else if alike.pop().is_none() {
            return Err(Fault::plain(format!(
                "`{row}` takes back what is not there\nfound   {}",
                shown(rows)
            )));
        }
    }
    Ok(there.into_values().flatten().collect())
}

/// What a changelog comes to in which a new row takes the place of the one with the same key, without times.
pub(super) fn by_key(rows: &[Row], key: &[usize]) -> Result<Vec<Row>, Fault> {
    let mut there = std::collections::BTreeMap::new();
    for row in rows {
        let (of, row) = (key_of(row, key), Row { time: None, ..row.clone() });
        let is_expected = match row.kind {
            RowKind::Insert => there.insert(of, Row { kind: RowKind::Insert, ..row.clone() }).is_none(),
            RowKind::UpdateAfter => there.insert(of, Row { kind: RowKind::Insert, ..row.clone() }).is_some(),
            RowKind::Delete => there.remove(&of).is_some(),
            RowKind::UpdateBefore => false,
        };
        if !is_expected {
            return Err(Fault::plain(format!(
                "`{row}` does not fit what its key has\nfound   {}",
                shown(rows)
            )));
        }
    }
    Ok(there.into_values().collect())
}

fn arranged(rows: &[Row], order: &Order) -> Vec<String> {
    match order {
        Order::Whole => rows.iter().map(Row::to_string).collect(),
        Order::Free => {
            let mut all: Vec<String> = rows.iter().map(Row::to_string).collect();
            all.sort_unstable();
            all
        }
        Order::Key(key) => {
            let mut all: Vec<(String, String)> =
                rows.iter().map(|row| (key_of(row, key), row.to_string())).collect();
            all.sort_by(|left, right| left.0.cmp(&right.0)); // It is stable.
            all.into_iter().map(|(_, row)| row).collect()
        }
    }
}

fn key_of(row: &Row, key: &[usize]) -> String {
    key.iter().map(|place| row.values.get(*place).map_or("", String::as_str)).collect::<Vec<_>>().join(" ")
}

/// Not more than can be read.
fn shown(rows: &[Row]) -> String {
    let front = show(&rows[..rows.len().min(60)]);
    if rows.len() > 60 { format!("{front} … {} rows", rows.len()) } else { front }
}
