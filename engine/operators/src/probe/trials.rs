//! The nine trials: in which ways a script is run, and what must come of each.

use std::borrow::Cow;

use arrow_schema::DataType;
use memory::RowKind;

use super::cells;
use super::outcome::{self, Order, Outcome};
use super::run::{Restart, Way, run};
use super::script::{self, Item, NULL, Row};
use super::steps::Cut;
use super::trial::{Fault, Trial};
use super::world::Refusal;
use super::{FinalRows, Probe};
use crate::Mode;
use crate::rows::BATCH_ROWS;

/// So many rows are made of a script where few would not fill a batch.
const MANY_ROWS: usize = 3 * BATCH_ROWS;

/// The rows of an expected text.
pub(super) fn rows_in(text: &str) -> Vec<Row> {
    let row = |item| match item {
        Item::Row(row) => row,
        other => panic!("`{other}` is no row"),
    };
    script::parse(text).into_iter().map(row).collect()
}

impl Probe {
    /// All trials, in every way that a script of some rows allows.
    pub(super) fn golden(&self, rows: &str) -> Result<Outcome, Fault> {
        let plain = run(&self.subject, &self.items, &Way::plain(self.mode))?;
        self.hold_against(&plain, 0, &rows_in(rows))?;
        for seed in 0..8 {
            let way = Way { cut: if seed == 0 { Cut::Rows } else { Cut::ByChance }, ..self.way(seed) };
            self.same(Trial::Cuts, &plain, &Way { strewn: seed > 0, ..way })?;
        }
        for refusal in [Refusal::AfterEachBatch, Refusal::EverySecondTime, Refusal::ByChance] {
            for cut in [Cut::Whole, Cut::Rows] {
                self.same(Trial::Refusals, &plain, &Way { refusal, cut, ..self.way(1) })?;
            }
        }
        self.restarts(&plain)?;
        for &instances in self.instance_counts() {
            self.same(Trial::Instances, &plain, &Way { instances, cut: Cut::Rows, ..self.way(0) })?;
        }
        self.batch_is_stream(&self.items)?;
        self.many()?;
        self.nothing_left(&plain)?;
        Ok(plain)
    }

    /// All trials but those of many rows, each in a way by chance.
    pub(super) fn case(&self, items: &[Item], seed: u64, wanted: &[Row]) -> Result<(), Fault> {
        let plain = run(&self.subject, items, &Way::plain(self.mode))?;
        self.hold_against(&plain, 0, wanted)?;
        let way = Way { cut: Cut::ByChance, ..self.way(seed) };
        let refusals = [Refusal::AfterEachBatch, Refusal::EverySecondTime, Refusal::ByChance];
        let refusal = refusals[usize::from(seed.to_le_bytes()[0]) % refusals.len()];
        self.same_of(items, Trial::Cuts, &plain, &Way { strewn: true, ..way.clone() })?;
        self.same_of(items, Trial::Refusals, &plain, &Way { refusal, ..way.clone() })?;
        let redealt = self.subject.is_keyed() && seed.is_multiple_of(2);
        let restart = Restart::ByChance;
        self.same_of(items, Trial::Restarts, &plain, &Way { restart, redealt, ..way.clone() })?;
        if let Some(&instances) = self.instance_counts().last() {
            self.same_of(items, Trial::Instances, &plain, &Way { instances, ..way })?;
        }
        self.batch_is_stream(items)?;
        self.nothing_left(&plain)
    }

    fn way(&self, seed: u64) -> Way {
        Way { seed, ..Way::plain(self.mode) }
    }

    fn instance_counts(&self) -> &'static [u32] {
        if self.subject.is_keyed() { &[2, 3] } else { &[] }
    }

    fn same(&self, trial: Trial, plain: &Outcome, way: &Way) -> Result<(), Fault> {
        self.same_of(&self.items, trial, plain, way)
    }

    /// Runs it in another way: the same must come out.
    fn same_of(&self, items: &[Item], trial: Trial, plain: &Outcome, way: &Way) -> Result<(), Fault> {
        if self.skipped.contains(&trial) {
            return Ok(());
        }
        let other = run(&self.subject, items, way).map_err(|fault| fault.within(trial))?;
        for output in 0..self.subject.outputs() {
            let order = self.order(plain, output);
            self.counted(output, &plain.rows[output])
                .and_then(|wanted| {
                    let found = self.counted(output, &other.rows[output])?;
                    outcome::same(output, &wanted, &found, &order)
                })
                .map_err(|fault| {
                    Fault { says: format!("{}\nway     {way:?}", fault.says), ..fault }.within(trial)
                })?;
        }
        if other.beyond_max > 1 && way.refusal != Refusal::Never {
            let says =
                format!("{} batches sent while the outside refused\nway     {way:?}", other.beyond_max);
            return Err(Fault::of(trial, says));
        }
        if let (Some(row), None) = (&other.behind_time, &plain.behind_time) {
            return Err(Fault::of(
                trial,
                format!("row `{row}` came behind the watermark that it was made by\nway     {way:?}"),
            ));
        }
        Ok(())
    }

    fn restarts(&self, plain: &Outcome) -> Result<(), Fault> {
        let way = Way { cut: Cut::Rows, ..self.way(0) };
        for step in 0..=self.items.len() + 1 {
            self.same(Trial::Restarts, plain, &Way { restart: Restart::Before(step), ..way.clone() })?;
        }
        let restart = Restart::Always;
        self.same(Trial::Restarts, plain, &Way { restart, ..way.clone() })?;
        if self.subject.is_keyed() {
            self.same(Trial::Restarts, plain, &Way { restart, redealt: true, ..way })?;
        }
        Ok(())
    }

    /// A stream of rows that are not late, and the same rows as a batch.
    fn batch_is_stream(&self, items: &[Item]) -> Result<(), Fault> {
        let trial = Trial::BatchIsStream;
        if self.skipped.contains(&trial) {
            return Ok(());
        }
        let items = self.punctual_items(items);
        let stream =
            run(&self.subject, &items, &Way::plain(Mode::Streaming)).map_err(|fault| fault.within(trial))?;
        if let Some(row) = &stream.behind_time {
            return Err(Fault::of(
                trial,
                format!("row `{row}` came behind the watermark that it was made by"),
            ));
        }
        if stream.time != Some(shuffle::Watermark::MAX) {
            return Err(Fault::of(trial, "the end of time was not passed on"));
        }
        let rows: Vec<Item> = items.into_iter().filter(|item| matches!(item, Item::Row(_))).collect();
        let batch =
            run(&self.subject, &rows, &Way::plain(Mode::Batch)).map_err(|fault| fault.within(trial))?;
        for output in 0..self.subject.outputs() {
            let [mut wanted, mut found] =
                [self.counted(output, &stream.rows[output])?, self.counted(output, &batch.rows[output])?]
                    .map(Cow::into_owned);
            if output == 0 && self.final_rows == FinalRows::LastOfKey && !wanted.is_empty() {
                let Order::Key(key) = self.key(&stream, 0) else {
                    return Err(Fault::of(
                        trial,
                        "the key of its rows is not known: name it with `output_key`",
                    ));
                };
                (wanted, found) = (outcome::last_of_key(&wanted, &key), outcome::timeless(&found));
            }
            outcome::same(output, &wanted, &found, &Order::Free).map_err(|fault| fault.within(trial))?;
        }
        Ok(())
    }

    fn punctual_items(&self, items: &[Item]) -> Vec<Item> {
        let mut now = i64::MIN;
        let mut is_punctual = |item: &&Item| match item {
            Item::Watermark(next) => {
                now = *next;
                true
            }
            Item::Wait(_) => true,
            Item::Row(row) => {
                cells::time_of(&self.subject.inputs[row.port], row).is_none_or(|time| time > now)
            }
        };
        items.iter().filter(|item| is_punctual(item)).cloned().collect()
    }

    /// What needs more rows than a script has.
    pub(super) fn many(&self) -> Result<(), Fault> {
        if [Trial::BatchRows, Trial::TightMemory].iter().all(|trial| self.skipped.contains(trial)) {
            return Ok(());
        }
        let many = self.many_items();
        if many.is_empty() {
            return Ok(());
        }
        let way = Way { cut: Cut::Growing, rows_max: 4 * MANY_ROWS, ..self.way(0) };
        let plain = run(&self.subject, &many, &way)?;
        if plain.largest > BATCH_ROWS && !self.skipped.contains(&Trial::BatchRows) {
            let says = format!(
                "a batch of {} rows; {BATCH_ROWS} is the most\ngiven   {} rows",
                plain.largest,
                many.len()
            );
            return Err(Fault::of(Trial::BatchRows, says));
        }
        for refusal in [Refusal::AfterEachBatch, Refusal::ByChance] {
            self.same_of(&many, Trial::Refusals, &plain, &Way { refusal, ..way.clone() })?;
        }
        let Some(managed_bytes) = self.tight_bytes else { return Ok(()) };
        match run(&self.subject, &many, &Way { managed_bytes, ..way }) {
            Err(fault) if fault.is_failure && names_an_option(&fault.says) => Ok(()),
            Err(fault) => Err(Fault::of(Trial::TightMemory, format!("it names no option: {}", fault.says))),
            Ok(_) => {
                Err(Fault::of(Trial::TightMemory, format!("it needs no more than {managed_bytes} bytes")))
            }
        }
    }

    /// The rows of the script again and again, with a key of its own each time, all before the end of time.
    fn many_items(&self) -> Vec<Item> {
        let rows: Vec<&Row> = self
            .items
            .iter()
            .filter_map(|item| if let Item::Row(row) = item { Some(row) } else { None })
            .collect();
        let copy = |number: usize| {
            let mut row = rows[number % rows.len()].clone();
            let layout = &self.subject.inputs[row.port];
            let beside = cells::time_beside(layout);
            for column in layout.key() {
                let place = column - usize::from(beside.is_some_and(|time| time < *column));
                let kind = layout.schema().field(*column).data_type();
                row.values[place] = another_key(kind, &row.values[place], number / rows.len());
            }
            Item::Row(row)
        };
        if rows.is_empty() { Vec::new() } else { (0..MANY_ROWS).map(copy).collect() }
    }

    fn nothing_left(&self, outcome: &Outcome) -> Result<(), Fault> {
        if outcome.left.is_empty() || self.skipped.contains(&Trial::NothingLeft) {
            return Ok(());
        }
        Err(Fault::of(Trial::NothingLeft, format!("saved after the end: {}", outcome.left.join(", "))))
    }

    /// Whether these rows have come by an output.
    pub(super) fn hold_against(&self, outcome: &Outcome, output: usize, wanted: &[Row]) -> Result<(), Fault> {
        let order = self.order(outcome, output);
        let Some(found) = outcome.rows.get(output) else {
            return Err(Fault::plain(format!("nobody listens to output {output}: name it with `sides`")));
        };
        // Who names changes means them word for word.
        let names_changes = wanted.iter().any(|row| row.kind != RowKind::Insert);
        let found = if names_changes { Cow::Borrowed(&found[..]) } else { self.counted(output, found)? };
        if wanted.iter().all(|row| row.time.is_none()) {
            return outcome::same(output, wanted, &outcome::timeless(&found), &order);
        }
        outcome::same(output, wanted, &found, &order)
    }

    /// What counts of the rows of an output.
    fn counted<'a>(&self, output: usize, rows: &'a [Row]) -> Result<Cow<'a, [Row]>, Fault> {
        match self.final_rows {
            FinalRows::Folded if output == 0 => outcome::folded(rows).map(Cow::Owned),
            FinalRows::ByKey if output == 0 => {
                let key = self.output_key.as_deref().ok_or_else(|| {
                    Fault::plain("the key of its rows is not known: name it with `output_key`".to_owned())
                })?;
                outcome::by_key(rows, key).map(Cow::Owned)
            }
            _ => Ok(Cow::Borrowed(rows)),
        }
    }

    fn order(&self, outcome: &Outcome, output: usize) -> Order {
        match &self.order {
            _ if matches!(self.final_rows, FinalRows::Folded | FinalRows::ByKey) && output == 0 => {
                Order::Free
            }
            Some(order) => order.clone(),
            None if self.subject.is_keyed() => self.key(outcome, output),
            None => Order::Whole,
        }
    }

    /// Where the key stands in the rows of an output, as far as that is known.
    fn key(&self, outcome: &Outcome, output: usize) -> Order {
        if let (Some(places), 0) = (&self.output_key, output) {
            return Order::Key(places.clone());
        }
        let layout = &self.subject.inputs[0];
        let names = outcome.names.get(output).map_or(&[][..], Vec::as_slice);
        let place =
            |column: &usize| names.iter().position(|name| name == layout.schema().field(*column).name());
        layout.key().iter().map(place).collect::<Option<Vec<_>>>().map_or(Order::Free, Order::Key)
    }
}

fn another_key(kind: &DataType, value: &str, copy: usize) -> String {
    match kind {
        _ if value == NULL || copy == 0 => value.into(),
        DataType::Utf8View => format!("{}{copy}", value.trim_matches('\'')),
        DataType::Int64 | DataType::Timestamp(..) => {
            let number = value.parse::<i64>().unwrap_or_default();
            number.wrapping_add(i64::try_from(copy).unwrap_or_default()).to_string()
        }
        _ => value.into(),
    }
}

/// Whether a text has something like `taskmanager.memory.managed.size` in it.
fn names_an_option(text: &str) -> bool {
    let is_option = |word: &str| {
        let parts: Vec<&str> = word.split('.').collect();
        let is_name =
            |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        parts.len() > 2 && parts.iter().all(is_name)
    };
    text.split(|c: char| c.is_whitespace() || ",;:`'()".contains(c)).any(is_option)
}
