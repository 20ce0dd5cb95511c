//! Joins rows of two inputs that have the same key, as they come and go.
//!
//! ```text
//!   left  ─► key ─► slot ─┬─► its rows on the right ─► pairs ─► filter ─► +I, or -D if it was taken back
//!                         └─► one of the rows on the left
//!   right ─► the same the other way round
//! ```
//!
//! | concept | file | what it is |
//! |---|---|---|
//! | [`ChangingJoin`] | `mod.rs` | the operator |
//! | rules | `rules.rs` | in what the kinds of joins differ |
//! | side | `side.rs` | the rows of one input, by key |
//! | sight | `sight.rs` | the filter of pairs, and the columns that it sees |
//! | [`Retention`] | `retention.rs` | until when rows are kept |
//! | arrival | `arrival.rs` | a batch that meets the rows of the other side |
//! | doubt | `doubt.rs` | `NOT IN` |
//! | changes | `changes.rs` | what is to be sent |
//! | passing | `passing.rs` | rows that time has passed, and those of them that leave |
//! | what is saved | `written.rs` | rows, and how many pairs they have |
//!
//! Keeps all rows of both inputs, unless time or the end of an input allows to forget them. A row that is taken back takes
//! one row with it that is equal. If there is none, there is nothing that it has brought: it is passed over. A null in a key
//! has no pair, so rows that have one are not kept, unless something else is said of nulls: they leave by themselves as they
//! come, or not at all.
//!
//! Rows go where their key belongs, and are saved by it; without a key that is one subtask. Where nulls are unknown, all rows of
//! the right go to every subtask. The filter says of a pair what it has said before: what came with it goes with it.
//!
//! The first pair of a row takes back what it has said by itself, and the last one that goes brings that again. Changes of a
//! batch are said as they come, even if a later one takes an earlier one back.

mod arrival;
mod changes;
mod doubt;
mod passing;
mod retention;
mod rules;
mod side;
mod sight;
mod written;

use arrow_array::{ArrayRef, RecordBatch};
use memory::{Batch, RowKinds};
use runtime::subtask::Failure;
use shuffle::Watermark;
use state::{KeyTable, Restore, Slot, Snapshot};

use self::arrival::Arrival;
use self::changes::Changes;
use self::doubt::Doubt;
use self::rules::Rules;
use self::side::{Entered, Side};
use self::sight::Sight;
use super::columns::{NONE, nulls_of};
use super::hash::{HashJoin, JoinKind, Nulls, PairFilter};
use crate::aggregate::keys::hashes_of;
use crate::contract::{Flow, Operator};
use crate::cx::Cx;
use crate::layout::Layout;
use crate::limit::refuse_changes;
use crate::seat::{Grant, OperatorSeat};

pub use retention::Retention;

/// The operator.
pub struct ChangingJoin {
    inputs: [Layout; 2],
    kind: JoinKind,
    rules: Rules,
    nulls: Nulls,
    filter: Option<Sight>,
    /// Whether pairs are counted for each row: its key does not say how many there are.
    counts_pairs: bool,
    /// Of both sides.
    keys: KeyTable,
    sides: [Side; 2],
    has_ended: [bool; 2],
    /// What the right has, if nulls are unknown.
    doubt: Option<Doubt>,
    at: Option<Arrival>,
    changes: Changes,
    /// Keys that may have no row any more.
    loose: Vec<Slot>,
    /// Event time has come to this, and not all rows that it has passed are forgotten.
    passing: Option<Watermark>,
    grant: Grant,
}

impl ChangingJoin {
    /// Over inputs whose keys have the same types.
    ///
    /// # Errors
    ///
    /// If a type cannot be a key, or rows may be taken back and have a column that cannot be compared.
    ///
    /// # Panics
    ///
    /// If the keys differ, or nulls are unknown and it is another join than an anti join, or one that forgets rows.
    pub fn new(
        inputs: [Layout; 2],
        (kind, nulls): (JoinKind, Nulls),
        filter: Option<PairFilter>,
        retention: [Option<Retention>; 2],
        seat: &OperatorSeat,
    ) -> Result<Self, Failure> {
        assert_eq!(inputs[0].key_types(), inputs[1].key_types(), "two inputs share one key");
        let is_not_in = nulls == Nulls::AreUnknown;
        assert!(!is_not_in || kind == JoinKind::LeftAnti, "who asks what is NOT IN a side asks for no pair");
        assert!(!is_not_in || retention == [None; 2], "of what is forgotten nobody knows what is NOT IN it");
        let rules = Rules::of(kind);
        // A row may have had pairs with rows that are forgotten.
        let may_forget = retention.iter().any(Option::is_some) && (rules.are_alone(0) || rules.are_alone(1));
        let counts_pairs = filter.is_some() || may_forget;
        let side = |port: usize| {
            let counts = counts_pairs && rules.are_alone(port);
            Side::new(&inputs[port], retention[port], counts)
        };
        Ok(Self {
            doubt: is_not_in.then(Doubt::default),
            kind,
            nulls,
            filter: filter.map(|filter| Sight::of_all(&inputs, filter)),
            counts_pairs,
            keys: KeyTable::new(&inputs[0].key_types())?,
            sides: [side(0)?, side(1)?],
            has_ended: [false; 2],
            at: None,
            changes: Changes::new(Self::output(&inputs, kind), kind),
            rules,
            loose: Vec::new(),
            passing: None,
            grant: Grant::of(seat),
            inputs,
        })
    }

    /// The same, whose filter is asked of these columns of pairs only, which ascend.
    ///
    /// # Panics
    ///
    /// If there is no filter, or no such column.
    #[must_use]
    pub fn filter_sees(mut self, columns: &[usize]) -> Self {
        let filter = self.filter.expect("a filter that sees something");
        self.filter = Some(filter.narrowed(columns, self.sides[0].width()));
        self
    }

    /// The columns of [`HashJoin::output`]. Pairs of rows that are only added are only added, too, and so are the rows of
    /// the left that have one.
    pub fn output(inputs: &[Layout; 2], kind: JoinKind) -> Layout {
        let output = HashJoin::output(inputs, kind);
        let only_adds =
            matches!(kind, JoinKind::Inner | JoinKind::LeftSemi) && !inputs.iter().any(Layout::has_kinds);
        if only_adds { output } else { output.changing() }
    }

    /// The slots of keys; [`NONE`] where there are nulls that are unlike everything, or rows that are not kept and have a key
    /// that nobody knows.
    fn slots(&mut self, port: usize, key: &[ArrayRef], hashes: &[u64]) -> Vec<Slot> {
        let nulls = nulls_of(key).filter(|_| self.nulls == Nulls::Differ);
        let is_whole = |row: &usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row));
        let rows = (0..hashes.len()).filter(is_whole);
        let mut slots = Vec::with_capacity(hashes.len());
        if self.keeps(port) {
            self.keys.resolve(key, hashes, rows, |_| {}, &mut slots);
            self.sides.iter_mut().for_each(|side| side.widen(self.keys.slots_end()));
        } else {
            let mut known = Vec::with_capacity(hashes.len());
            self.keys.look_up(key, hashes, rows, &mut known);
            slots.extend(known.into_iter().map(|slot| slot.unwrap_or(NONE)));
        }
        match nulls {
            None => slots,
            Some(nulls) => {
                let mut slots = slots.into_iter();
                let mut slot = |is_valid| if is_valid { slots.next() } else { None };
                nulls.iter().map(|is_valid| slot(is_valid).unwrap_or(NONE)).collect()
            }
        }
    }

    /// Whether rows of this input have to be known later: not if none will come that asks for them, or takes them back, or
    /// is the first of its key. Where nulls are unknown, a key that nobody knows must not look like one with a null.
    fn keeps(&self, port: usize) -> bool {
        let other = 1 - port;
        let asks_for_keys = self.rules.are_alone(other) && !self.counts_pairs;
        let is_asked_for = asks_for_keys || self.doubt.is_some();
        !self.has_ended[other] || self.inputs[port].has_kinds() || is_asked_for
    }

    /// Whether every subtask sees all rows of this input.
    fn is_everywhere(&self, port: usize) -> bool {
        self.doubt.is_some() && port == 1
    }

    fn receive(&mut self, port: usize, batch: Batch) -> Result<Arrival, Failure> {
        let batch = batch.compact();
        let key = self.inputs[port].key_columns(&batch);
        let hashes = hashes_of(&batch, &key)?;
        let mut slots = self.slots(port, &key, &hashes);
        let columns = self.sides[port].columns_of(batch.columns())?;
        let entered = match self.keeps(port) {
            true => self.enter(port, (&columns, batch.kinds()), &slots)?,
            false => Entered::default(),
        };
        if let (Some(_), Some(nulls)) = (&self.doubt, nulls_of(&key)) {
            // They are kept, but equal to nothing for sure.
            slots.iter_mut().zip(nulls.iter()).filter(|(_, valid)| !valid).for_each(|(slot, _)| *slot = NONE);
        }
        Arrival::new(port, columns, batch.kinds().cloned(), slots, entered)
    }

    fn enter(
        &mut self,
        port: usize,
        (columns, kinds): (&RecordBatch, Option<&RowKinds>),
        slots: &[Slot],
    ) -> Result<Entered, Failure> {
        let entered = self.sides[port].enter(columns, kinds, slots)?;
        let is_gone = |(slot, number): &(&Slot, &u32)| **slot != NONE && **number == NONE;
        let gone = slots.iter().zip(&entered.numbers).filter(is_gone);
        self.loose.extend(gone.map(|(slot, _)| *slot));
        Ok(entered)
    }

    /// Takes over rows that a predecessor had.
    fn reenter(
        &mut self,
        port: usize,
        rows: &RecordBatch,
        hashes: Option<Vec<u64>>,
    ) -> Result<Vec<u32>, Failure> {
        let arrival = self.receive(port, Batch::new(rows.clone()).with_hashes(hashes.map(Into::into)))?;
        self.count(&arrival);
        Ok(arrival.into_numbers())
    }

    /// Counts the rows of the right, where that matters.
    fn count(&mut self, arrival: &Arrival) {
        if let Some(doubt) = self.doubt.as_mut().filter(|_| arrival.port == 1) {
            doubt.count(arrival);
            self.rules.in_doubt = doubt.of_keys();
        }
    }

    /// Does what is left to be done, as far as those behind want it.
    fn go_on(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        loop {
            let is_over = !self.changes.is_full() && !self.advance()?;
            if self.changes.is_full() || is_over {
                self.send(cx)?;
            }
            if is_over && self.changes.is_empty() {
                break;
            }
            if !cx.may_go_on() {
                return Ok(Flow::Again);
            }
        }
        self.at = None;
        self.end_turn()?;
        Ok(Flow::Next)
    }

    /// Lets some more rows of the batch meet others. `false` when all have.
    fn advance(&mut self) -> Result<bool, Failure> {
        let Some(at) = self.at.as_mut().filter(|at| !at.is_over()) else { return Ok(self.go_on_to_turn()) };
        if self.counts_pairs {
            let from = at.row();
            let mut pairs = at.candidates(&self.sides[1 - at.port]);
            if let Some(filter) = &mut self.filter {
                pairs = pairs.filtered(at, &self.sides[1 - at.port], filter)?;
            }
            let [left, right] = &mut self.sides;
            let sides = if at.port == 0 { [left, right] } else { [right, left] };
            at.settle((from, pairs), sides, &self.rules, &mut self.changes);
        } else {
            at.meet(&self.sides[1 - at.port], &self.rules, &mut self.changes);
        }
        if !at.is_over() {
            return Ok(true);
        }
        self.begin_to_turn();
        Ok(self.doubt.is_some())
    }

    /// All rows of a batch of the right have met those of the left: some of these may be in doubt now, or not any more.
    fn begin_to_turn(&mut self) {
        let before = self.rules.in_doubt;
        let Some(at) = self.at.take() else { return };
        self.count(&at);
        self.at = Some(at);
        let now = self.rules.in_doubt;
        if let Some(doubt) = self.doubt.as_mut().filter(|_| before != now) {
            doubt.turn([before, now], &self.keys, &self.sides);
        }
    }

    /// Says the next rows that have come to be in doubt, or are not any more. `false` when there is none.
    fn go_on_to_turn(&mut self) -> bool {
        let Some(doubt) = &mut self.doubt else { return false };
        while !self.changes.is_full() {
            let Some((row, kind)) = doubt.next() else { return false };
            self.changes.push(NONE, row, kind);
        }
        true
    }

    /// Sends a batch of what is to be said.
    fn send(&mut self, cx: &mut Cx<'_>) -> Result<(), Failure> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let at = self.at.as_ref().expect("changes are those of a batch");
        let batches = self.changes.take((at.port, &at.columns), &self.sides[1 - at.port])?;
        batches.into_iter().try_for_each(|batch| cx.send(batch))
    }

    /// Forgets what nobody has to know any more.
    fn end_turn(&mut self) -> Result<(), Failure> {
        self.loose.sort_unstable();
        self.loose.dedup();
        for slot in std::mem::take(&mut self.loose) {
            if self.sides.iter().all(|side| side.first(slot) == NONE) {
                self.keys.forget(slot);
            }
        }
        self.sides.iter_mut().for_each(Side::retire);
        self.grant.hold(self.keys.bytes() + self.sides.iter().map(Side::bytes).sum::<usize>())
    }
}

impl Operator for ChangingJoin {
    fn batch(&mut self, port: usize, batch: Batch, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if !self.inputs[port].has_kinds() {
            refuse_changes("a join", &batch)?;
        }
        self.forget_idle(cx.wall_ms());
        self.at = Some(self.receive(port, batch)?);
        self.go_on(cx)
    }

    fn time(&mut self, now: Watermark, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.passing = Some(now);
        self.sides.iter_mut().for_each(|side| side.pass(now.0));
        self.pass(cx)
    }

    fn end(&mut self, port: usize, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.has_ended[port] = true;
        for port in [0, 1] {
            // Rows that wait leave when their time is over, whoever has ended.
            let waits = self.rules.wait(port) && self.has_ended != [true; 2];
            if !waits && (!self.keeps(port) || self.has_ended == [true; 2]) {
                self.loose.extend(self.sides[port].slots());
                self.sides[port].clear();
            }
        }
        self.end_turn()?;
        if self.has_ended == [true; 2] {
            self.grant.release();
        }
        Ok(Flow::Next)
    }

    fn more(&mut self, cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if self.passing.is_some() { self.pass(cx) } else { self.go_on(cx) }
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        written::save(self, to)
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        written::load(self, from)?;
        self.end_turn()
    }
}
