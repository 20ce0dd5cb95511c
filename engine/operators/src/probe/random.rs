//! Scripts by chance: made of a seed, held against a model, and made smaller when they have found something.

use std::fmt::Write;

use arrow_schema::DataType;

use super::Probe;
use super::cells;
use super::chance::Chance;
use super::script::{Item, NULL, Row, show};
use super::trial::Fault;
use super::trials::rows_in;
use crate::Layout;
use memory::RowKind;

/// Items of a script, at most.
const ITEMS_MAX: usize = 24;

/// What scripts are made of.
pub(super) struct Scripts {
    values: Vec<(usize, Vec<String>)>,
    pub(super) late: bool,
    pub(super) waits: bool,
}

impl Default for Scripts {
    fn default() -> Self {
        Self { values: Vec::new(), late: true, waits: false }
    }
}

impl Scripts {
    pub(super) fn set_values(&mut self, column: usize, values: &[&str]) {
        self.values.push((column, values.iter().map(|value| (*value).to_owned()).collect()));
    }

    fn script(&self, inputs: &[Layout], chance: &mut Chance) -> Vec<Item> {
        let (mut now, mut items) = (0, Vec::new());
        let is_timed = inputs.iter().all(|layout| layout.time().is_some());
        for _ in 0..chance.below(ITEMS_MAX + 1) {
            if is_timed && chance.one_in(5) {
                now += number_below(20, chance);
                items.push(Item::Watermark(now));
            } else if self.waits && chance.one_in(6) {
                items.push(Item::Wait(chance.bits() % 60));
            } else {
                let port = chance.below(inputs.len());
                let is_late = self.late && chance.one_in(8);
                let time =
                    if is_late { now - number_below(30, chance) } else { now + 1 + number_below(40, chance) };
                let taken = if inputs[port].has_kinds() { taken_back(port, &items, chance) } else { None };
                items.push(Item::Row(taken.unwrap_or_else(|| self.row(port, &inputs[port], time, chance))));
            }
        }
        items
    }

    fn row(&self, port: usize, layout: &Layout, time: i64, chance: &mut Chance) -> Row {
        let beside = cells::time_beside(layout);
        let columns =
            layout.schema().fields().iter().enumerate().filter(|(column, _)| Some(*column) != beside);
        let values = columns.map(|(column, field)| {
            if layout.time() == Some(column) {
                return time.to_string();
            }
            if let Some((_, values)) = self.values.iter().find(|(of, _)| *of == column) {
                return values[chance.below(values.len())].clone();
            }
            if field.is_nullable() && chance.one_in(6) {
                NULL.into()
            } else {
                value(field.data_type(), chance)
            }
        });
        Row { port, kind: RowKind::Insert, values: values.collect(), time: beside.map(|_| time) }
    }
}

fn number_below(end: usize, chance: &mut Chance) -> i64 {
    i64::try_from(chance.below(end)).expect("small")
}

fn value(kind: &DataType, chance: &mut Chance) -> String {
    match kind {
        DataType::Utf8View => ["a", "b", "c", "d", "''"][chance.below(5)].into(),
        DataType::Boolean => chance.one_in(2).to_string(),
        DataType::Float64 => {
            format!("{:?}", f64::from(u8::from(chance.one_in(2))) / 2.0 + chance.below(9) as f64)
        }
        _ => (number_below(14, chance) - 3).to_string(),
    }
}

/// Now and then, a row that takes an earlier one back.
fn taken_back(port: usize, items: &[Item], chance: &mut Chance) -> Option<Row> {
    let rows = there(items).into_iter().filter(|row| row.port == port).collect::<Vec<_>>();
    if rows.is_empty() || !chance.one_in(3) {
        return None;
    }
    let kind = if chance.one_in(2) { RowKind::Delete } else { RowKind::UpdateBefore };
    Some(Row { kind, ..rows[chance.below(rows.len())].clone() })
}

/// The rows that no later one takes back.
fn there(items: &[Item]) -> Vec<&Row> {
    let mut there: Vec<&Row> = Vec::new();
    for item in items {
        match item {
            Item::Row(row) if row.kind.adds() => there.push(row),
            Item::Row(row) => {
                there.iter().rposition(|each| is_same(each, row)).map(|place| there.remove(place));
            }
            _ => {}
        }
    }
    there
}

/// Without the rows that take back what is not there.
fn proper(items: Vec<Item>) -> Vec<Item> {
    let mut proper: Vec<Item> = Vec::new();
    for item in items {
        let is_stray = matches!(&item, Item::Row(row)
            if !row.kind.adds() && !there(&proper).iter().any(|each| is_same(each, row)));
        if !is_stray {
            proper.push(item);
        }
    }
    proper
}

fn is_same(one: &Row, other: &Row) -> bool {
    one.port == other.port && one.values == other.values
}

impl Probe {
    /// Runs scripts by chance, and says what the smallest one has found.
    pub(super) fn random(&self, model: &dyn Fn(&[Item]) -> Vec<String>) -> Result<(), String> {
        for number in 0..self.cases as u64 {
            let seed = self.seed.wrapping_mul(1 << 32).wrapping_add(number);
            let items = self.scripts.script(&self.subject.inputs, &mut Chance(seed));
            let check = |items: &[Item]| self.case(items, seed, &rows_in(&model(items).join("|")));
            if let Err(fault) = check(&items) {
                let (items, fault) = smaller(items, fault, check);
                let mut found = fault.to_string();
                let _ = write!(found, "\nscript  {}\nseed    {} (case {number})", show(&items), self.seed);
                return Err(found);
            }
        }
        Ok(())
    }
}

/// Drops items for as long as the same trial is not stood.
fn smaller(
    mut items: Vec<Item>,
    mut fault: Fault,
    check: impl Fn(&[Item]) -> Result<(), Fault>,
) -> (Vec<Item>, Fault) {
    let mut place = items.len();
    while place > 0 {
        place -= 1;
        let mut fewer = items.clone();
        fewer.remove(place);
        let fewer = proper(fewer);
        if let Err(again) = check(&fewer)
            && again.trial == fault.trial
        {
            (items, fault) = (fewer, again);
            place = items.len(); // What could not be dropped before may be now.
        }
    }
    (items, fault)
}
