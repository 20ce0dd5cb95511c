//! The rows of one side, by key.
//!
//! ```text
//!   chains  slot ─► first, last
//!   links   number ─► place in the store, next, previous ...      a row keeps its number until it is gone
//!   store   place ─► columns
//! ```
//!
//! The rows of a key stand in the order in which they came. A number is given to another row when its row is gone.

use arrow_array::{BooleanArray, RecordBatch, UInt32Array};
use arrow_schema::{Field, Fields, Schema, SchemaRef};
use arrow_select::filter::filter_record_batch;
use memory::RowKinds;
use runtime::subtask::Failure;
use shuffle::Place;
use state::Slot;

use super::super::columns::{NONE, batch_of, null_columns, row_number};
use super::retention::{Expiry, Retention};
use crate::equals::Equals;
use crate::idle::{Idle, UNKNOWN};
use crate::layout::Layout;
use crate::store::Store;

/// A row of nulls: the first of each store.
const NULLS: Place = (0, 0);

/// The rows.
pub(super) struct Side {
    /// The columns of the input, all of which take nulls.
    schema: SchemaRef,
    store: Store,
    /// By slot of a key.
    chains: Vec<Chain>,
    /// By number.
    links: Vec<Link>,
    free: Vec<u32>,
    /// Where rows may be taken back.
    equals: Option<Equals>,
    expiry: Option<Expiry>,
    /// Where rows are forgotten some time after they have come, and what time it is.
    idle: Option<(Idle, i64)>,
    /// By number, where that is counted: how many pairs a row has.
    pairs: Option<Vec<u32>>,
}

/// The rows of a key.
#[derive(Clone, Copy)]
struct Chain {
    first: u32,
    last: u32,
}

/// A row, or, if its slot is [`NONE`], a number that is free.
struct Link {
    place: Place,
    slot: Slot,
    next: u32,
    previous: u32,
}

/// What has become of the rows of a batch.
#[derive(Default)]
pub(super) struct Entered {
    /// The numbers of those that are kept; [`NONE`] for others.
    pub(super) numbers: Vec<u32>,
    /// Whether the key of a row had no row before it, or has none behind it.
    pub(super) turns: Vec<bool>,
    /// Rows that take back what is not there, if there is one.
    pub(super) strays: Option<Vec<bool>>,
}

impl Entered {
    fn of(rows: usize) -> Self {
        Self { numbers: Vec::with_capacity(rows), turns: Vec::with_capacity(rows), strays: None }
    }
}

impl Side {
    /// No rows of this layout, for each of which its pairs are counted or not.
    ///
    /// # Errors
    ///
    /// If rows may be taken back and have a column that cannot be compared.
    pub(super) fn new(
        input: &Layout,
        retention: Option<Retention>,
        counts_pairs: bool,
    ) -> Result<Self, Failure> {
        let nullable = |field: &std::sync::Arc<Field>| Field::clone(field).with_nullable(true);
        let fields: Fields = input.schema().fields().iter().map(nullable).collect();
        let nulls = null_columns(&fields, 1);
        let schema = SchemaRef::new(Schema::new(fields));
        Ok(Self {
            store: Store::behind(batch_of(&schema, nulls, 1)?),
            schema,
            chains: Vec::new(),
            links: Vec::new(),
            free: Vec::new(),
            equals: if input.has_kinds() { Some(Equals::new(input)?) } else { None },
            expiry: retention.map(|retention| Expiry::new(input, retention)),
            idle: None,
            pairs: counts_pairs.then(Vec::new),
        })
    }

    /// The same, whose rows are forgotten so long after they have come, by the clock of the machine.
    pub(super) fn idle_after(self, after_ms: i64) -> Self {
        Self { idle: Some((Idle::new(after_ms), UNKNOWN)), ..self }
    }

    /// The columns of a batch as this side keeps them.
    pub(super) fn columns_of(&self, batch: &RecordBatch) -> Result<RecordBatch, Failure> {
        batch_of(&self.schema, batch.columns().to_vec(), batch.num_rows())
    }

    /// There are so many slots.
    pub(super) fn widen(&mut self, slots_end: usize) {
        self.chains.resize(slots_end.max(self.chains.len()), Chain { first: NONE, last: NONE });
    }

    /// Keeps the rows that are added, and lets go of those that are taken back. Rows whose slot is [`NONE`] are neither.
    pub(super) fn enter(
        &mut self,
        rows: &RecordBatch,
        kinds: Option<&RowKinds>,
        slots: &[Slot],
    ) -> Result<Entered, Failure> {
        let records = self.equals.as_mut().map(|equals| equals.resolve(rows)).transpose()?;
        let dues = self.expiry.as_ref().map(|expiry| expiry.dues(rows));
        let adds = |row: usize| kinds.is_none_or(|kinds| kinds.get(row).adds());
        let is_kept = |row: usize| {
            slots[row] != NONE && adds(row) && dues.as_ref().is_none_or(|dues| dues[row].is_some())
        };
        // Mostly all rows are, and nothing has to be looked up to know that.
        let are_plain = kinds.is_none() && dues.is_none() && !slots.contains(&NONE);
        let keeps: Option<BooleanArray> =
            (!are_plain).then(|| (0..slots.len()).map(|row| Some(is_kept(row))).collect());
        let chunk = match &keeps {
            None => self.store.add(rows),
            Some(keeps) if keeps.true_count() == 0 => 0,
            Some(keeps) => self.store.add_chosen(rows, &chosen(keeps)),
        };
        let mut entered = Entered::of(slots.len());
        let mut in_chunk = 0;
        for (row, slot) in slots.iter().enumerate() {
            let was_empty = self.is_empty(*slot);
            let mut number = NONE;
            if keeps.as_ref().is_none_or(|keeps| keeps.value(row)) {
                number = self.link(*slot, (chunk, in_chunk))?;
                in_chunk += 1;
                if let Some((idle, now)) = &mut self.idle {
                    idle.touch(number, *now);
                }
                if let (Some(expiry), Some(dues)) = (&mut self.expiry, &dues) {
                    expiry.keep(number, dues[row].expect("a row that is kept"));
                }
                if let (Some(equals), Some(records)) = (&mut self.equals, &records) {
                    equals.push(records[row], number);
                }
            } else if let Some(records) = &records {
                let is_taken = *slot != NONE && !adds(row);
                if is_taken && !self.take_back(records[row]) {
                    entered.strays.get_or_insert_with(|| vec![false; slots.len()])[row] = true;
                }
                self.equals.iter_mut().for_each(|equals| equals.let_go(records[row]));
            }
            entered.numbers.push(number);
            entered.turns.push(was_empty != self.is_empty(*slot));
        }
        Ok(entered)
    }

    /// Lets go of a row that says what is in this slot of a record. `false` if there is none.
    fn take_back(&mut self, record: Slot) -> bool {
        let taken = self.equals.as_mut().and_then(|equals| equals.pop(record));
        taken.inspect(|taken| self.unlink(*taken)).is_some()
    }

    /// Whether a key has no rows here.
    fn is_empty(&self, slot: Slot) -> bool {
        slot == NONE || self.first(slot) == NONE
    }

    fn link(&mut self, slot: Slot, place: Place) -> Result<u32, Failure> {
        let chain = self.chains[slot as usize];
        let link = Link { place, slot, next: NONE, previous: chain.last };
        let number = match self.free.pop() {
            Some(number) => {
                self.links[number as usize] = link;
                number
            }
            None => {
                self.links.push(link);
                row_number(self.links.len() - 1)?
            }
        };
        if let Some(pairs) = &mut self.pairs {
            pairs.resize(self.links.len(), 0);
            pairs[number as usize] = 0;
        }
        match chain.last {
            NONE => self.chains[slot as usize].first = number,
            last => self.links[last as usize].next = number,
        }
        self.chains[slot as usize].last = number;
        self.store.have();
        Ok(number)
    }

    fn unlink(&mut self, number: u32) {
        let link = &mut self.links[number as usize];
        let (slot, next, previous) = (std::mem::replace(&mut link.slot, NONE), link.next, link.previous);
        self.store.let_go_at(link.place);
        match previous {
            NONE => self.chains[slot as usize].first = next,
            previous => self.links[previous as usize].next = next,
        }
        match next {
            NONE => self.chains[slot as usize].last = previous,
            next => self.links[next as usize].previous = previous,
        }
        self.free.push(number);
    }

    /// Event time has come to this: from now on nobody has to know some rows.
    pub(super) fn pass(&mut self, now: i64) {
        self.expiry.iter_mut().for_each(|expiry| expiry.advance(now));
    }

    /// The next row that nobody has to know any more.
    pub(super) fn next_due(&mut self) -> Option<u32> {
        let links = &self.links;
        let expiry = self.expiry.as_mut()?;
        // One that was taken back before is there no more.
        std::iter::from_fn(|| expiry.next()).find(|number| links[*number as usize].slot != NONE)
    }

    /// It is this time by the clock of the machine.
    pub(super) fn clock(&mut self, now_ms: i64) {
        self.idle.iter_mut().for_each(|(_, now)| *now = now_ms);
    }

    /// The next row that has been there for too long.
    pub(super) fn next_idle(&mut self) -> Option<u32> {
        let links = &self.links;
        let (idle, now) = self.idle.as_mut()?;
        std::iter::from_fn(|| idle.next(*now)).find(|number| links[*number as usize].slot != NONE)
    }

    /// Forgets a row. Says which key it had.
    pub(super) fn forget(&mut self, number: u32) -> Slot {
        let slot = self.links[number as usize].slot;
        self.unlink(number);
        self.equals.iter_mut().for_each(|equals| equals.remove(number));
        slot
    }

    /// Whether rows are forgotten by time.
    pub(super) fn forgets(&self) -> bool {
        self.expiry.is_some()
    }

    /// How far a row that leaves when it is forgotten may be behind event time.
    pub(super) fn delay(&self) -> i64 {
        self.expiry.as_ref().map_or(0, Expiry::delay)
    }

    /// Forgets all rows, when nobody asks for them any more.
    pub(super) fn clear(&mut self) {
        self.chains.fill(Chain { first: NONE, last: NONE });
        (self.links, self.free) = (Vec::new(), Vec::new());
        self.store = self.store.cleared();
        self.equals = None;
        self.expiry = None;
        self.idle = None;
        self.pairs = None;
    }

    /// The keys that have rows.
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> {
        (0..).zip(&self.chains).filter(|(_, chain)| chain.first != NONE).map(|(slot, _)| slot)
    }

    /// The first row of a key, or [`NONE`].
    pub(super) fn first(&self, slot: Slot) -> u32 {
        self.chains[slot as usize].first
    }

    /// The rows of a key.
    pub(super) fn of(&self, slot: Slot) -> impl Iterator<Item = u32> {
        let some = |number: u32| (number != NONE).then_some(number);
        std::iter::successors(some(self.first(slot)), move |number| some(self.next(*number)))
    }

    /// The row behind this one, or [`NONE`].
    pub(super) fn next(&self, number: u32) -> u32 {
        self.links[number as usize].next
    }

    /// Whether a row has no pair, if that is counted.
    pub(super) fn is_lonely(&self, number: u32) -> Option<bool> {
        self.pairs.as_ref().map(|pairs| pairs[number as usize] == 0)
    }

    /// How many pairs these rows have, if that is counted.
    pub(super) fn pairs_of(&self, numbers: &[u32]) -> Option<Vec<u32>> {
        let pairs = self.pairs.as_ref()?;
        Some(numbers.iter().map(|number| pairs[*number as usize]).collect())
    }

    /// A row has so many pairs, if it is kept and that is counted.
    pub(super) fn has_pairs(&mut self, number: u32, count: u32) {
        if let Some(pairs) = &mut self.pairs
            && number != NONE
        {
            pairs[number as usize] = count;
        }
    }

    /// A row has one pair more, or less. Says whether it had none before, or has none now.
    pub(super) fn counts_pair(&mut self, number: u32, is_added: bool) -> bool {
        let pairs = self.pairs.as_mut().expect("a side whose rows leave by themselves counts their pairs");
        let count = &mut pairs[number as usize];
        match is_added {
            true => *count += 1,
            false => *count -= 1,
        }
        *count == u32::from(is_added)
    }

    /// The rows of these numbers; nulls for [`NONE`]. Mostly one batch.
    pub(super) fn get(&self, numbers: &[u32]) -> Vec<RecordBatch> {
        self.store.get(&self.places(numbers))
    }

    /// The same with some of their columns.
    pub(super) fn get_columns(&self, numbers: &[u32], columns: &[usize]) -> Vec<RecordBatch> {
        self.store.get_columns(&self.places(numbers), columns)
    }

    fn places(&self, numbers: &[u32]) -> Vec<Place> {
        let place = |number: &u32| match *number {
            NONE => NULLS,
            number => self.links[number as usize].place,
        };
        numbers.iter().map(place).collect()
    }

    /// How many columns its rows have.
    pub(super) fn width(&self) -> usize {
        self.schema.fields().len()
    }

    /// A turn is over: what was let go is forgotten.
    pub(super) fn retire(&mut self) {
        if let Some(equals) = &mut self.equals {
            equals.retire();
        }
        self.store.sweep();
        if self.store.is_loose() {
            let live = self.links.iter_mut().filter(|link| link.slot != NONE);
            self.store.tighten_some(&mut live.map(|link| &mut link.place).collect::<Vec<_>>());
        }
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let by_number = self.links.capacity() * size_of::<Link>() + self.free.capacity() * 4;
        let pairs = self.pairs.as_ref().map_or(0, |pairs| pairs.capacity() * 4);
        let idle = self.idle.as_ref().map_or(0, |(idle, _)| idle.bytes());
        let optional = self.equals.as_ref().map_or(0, Equals::bytes)
            + self.expiry.as_ref().map_or(0, Expiry::bytes)
            + idle;
        self.store.bytes() + self.chains.capacity() * size_of::<Chain>() + by_number + pairs + optional
    }
}

/// The numbers of the rows at which `keeps` is true.
fn chosen(keeps: &BooleanArray) -> UInt32Array {
    let rows = (0_u32..).zip(keeps.values()).filter_map(|(row, keeps)| keeps.then_some(row));
    UInt32Array::from_iter_values(rows)
}

/// The rows at which `keeps` is true.
pub(super) fn only(rows: &RecordBatch, keeps: &BooleanArray) -> Result<RecordBatch, Failure> {
    if rows.num_columns() == 0 {
        return batch_of(&rows.schema(), Vec::new(), keeps.true_count());
    }
    filter_record_batch(rows, keeps).map_err(Failure::lasting)
}
