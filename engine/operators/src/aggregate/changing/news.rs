//! What a batch has changed, and is to be told of: a piece at a time, each as large as a batch at most.
//!
//! The former row of a key and its new one stand next to each other in one piece. What is new is computed when it is told: the
//! keys stand still until all has been. Who needs no former rows does not get them, and where it is sure that each key has
//! another result, the former one is not computed either.

use std::ops::Range;

use arrow_array::{Array, ArrayRef, UInt32Array};
use arrow_select::interleave::interleave;
use arrow_select::take::take;
use memory::{Batch, RowKind, RowKinds};
use runtime::subtask::Failure;
use state::Slot;

use super::differing::differing;
use super::ledger::Ledger;
use super::touched::Touched;
use crate::layout::Layout;
use crate::rows::BATCH_ROWS;

/// Keys of a piece: each has two rows at most.
const KEYS: usize = BATCH_ROWS / 2;

/// What is to be told of yet.
pub(super) struct News {
    slots: Vec<Slot>,
    /// The columns of each key, as they came.
    key: Vec<ArrayRef>,
    hashes: Vec<u64>,
    /// When it happened, as the last row of each key says.
    time: Option<ArrayRef>,
    /// The results of each before the batch; none where nobody needs them.
    before: Option<Vec<ArrayRef>>,
    tells_former: bool,
    next: usize,
}

/// What is said of a key that has another result.
#[derive(Clone, Copy)]
pub(super) struct Telling {
    /// Whether the former row is said, too.
    pub(super) former: bool,
    /// Whether any row of a key changes a result of it, and no key goes.
    pub(super) always_differs: bool,
}

impl Telling {
    /// Whether results are compared.
    fn compares(self) -> bool {
        self.former || !self.always_differs
    }
}

/// The rows of a piece.
#[derive(Default)]
struct Told {
    /// Where the key of each stands in the news.
    keys: Vec<u32>,
    /// From which results it is, those before or those behind, and where it stands there.
    places: Vec<(usize, usize)>,
    kinds: Vec<RowKind>,
}

const BEFORE: usize = 0;
const BEHIND: usize = 1;

impl News {
    /// Of the keys that a batch has touched, before it counts.
    pub(super) fn new(
        touched: &Touched,
        batch: &Batch,
        input: &Layout,
        (hashes, ledger): (&[u64], &Ledger),
        telling: Telling,
    ) -> Result<Self, Failure> {
        let rows = UInt32Array::from(touched.rows.clone());
        let of_rows =
            |column: &usize| take(batch.columns().column(*column), &rows, None).expect("rows of the batch");
        Ok(Self {
            slots: touched.slots.clone(),
            key: input.key().iter().map(of_rows).collect(),
            hashes: touched.rows.iter().map(|row| hashes[*row as usize]).collect(),
            time: input.time().as_ref().map(of_rows),
            before: telling.compares().then(|| ledger.figures.values(&touched.slots)).transpose()?,
            tells_former: telling.former,
            next: 0,
        })
    }

    /// Whether all has been told.
    pub(super) fn is_told(&self) -> bool {
        self.next == self.slots.len()
    }

    /// The next piece, which may have no row. Keys that are over are forgotten.
    pub(super) fn piece(&mut self, ledger: &mut Ledger, output: &Layout) -> Result<Batch, Failure> {
        let range = self.next..self.slots.len().min(self.next + KEYS);
        self.next = range.end;
        let slots = &self.slots[range.clone()];
        let after = ledger.figures.values(slots)?;
        let of_piece = |column: &ArrayRef| column.slice(range.start, range.len());
        let before: Option<Vec<ArrayRef>> =
            self.before.as_ref().map(|columns| columns.iter().map(of_piece).collect());
        let differs = before.as_ref().map(|before| differing(before, &after, slots.len()));
        let told = Told::of(slots, &range, ledger, (differs.as_deref(), self.tells_former));
        let over: Vec<Slot> = slots.iter().copied().filter(|slot| ledger.standing.is_over(*slot)).collect();
        ledger.forget(&over);
        if told.are_all_behind(slots.len()) {
            return Ok(self.new_results(&range, (after, told.kinds), output));
        }
        let before = before.as_deref().unwrap_or(&after);
        Ok(self.batch(told, (before, &after), output))
    }

    /// The new row of each key in a range, and no other: they stand as they are to be sent.
    fn new_results(
        &self,
        range: &Range<usize>,
        (after, kinds): (Vec<ArrayRef>, Vec<RowKind>),
        output: &Layout,
    ) -> Batch {
        let of_piece = |column: &ArrayRef| column.slice(range.start, range.len());
        let mut columns: Vec<ArrayRef> = self.key.iter().map(of_piece).collect();
        columns.extend(after);
        columns.extend(self.time.as_ref().map(of_piece));
        let hashes = self.hashes[range.clone()].to_vec();
        output.batch(columns, range.len()).with_kinds(changelog(kinds)).with_hashes(Some(hashes.into()))
    }

    fn batch(&self, told: Told, (before, after): (&[ArrayRef], &[ArrayRef]), output: &Layout) -> Batch {
        let rows = told.kinds.len();
        let hashes: Vec<u64> = told.keys.iter().map(|key| self.hashes[*key as usize]).collect();
        let keys = UInt32Array::from(told.keys);
        let of_keys = |column: &ArrayRef| take(column, &keys, None).expect("keys of the news");
        let mut columns: Vec<ArrayRef> = self.key.iter().map(of_keys).collect();
        let result = |(before, after): (&ArrayRef, &ArrayRef)| {
            let both: [&dyn Array; 2] = [before, after];
            interleave(&both, &told.places).expect("results of one type")
        };
        columns.extend(before.iter().zip(after).map(result));
        columns.extend(self.time.as_ref().map(of_keys));
        output.batch(columns, rows).with_kinds(changelog(told.kinds)).with_hashes(Some(hashes.into()))
    }
}

/// The kinds of rows, unless all of them are new.
fn changelog(kinds: Vec<RowKind>) -> Option<RowKinds> {
    let is_plain = kinds.iter().all(|kind| *kind == RowKind::Insert);
    (!is_plain).then(|| RowKinds::new(kinds))
}

impl Told {
    /// What has become of these keys, which stand in this range of the news. They are told of then. All of them differ, if it
    /// is not said which ones.
    fn of(
        slots: &[Slot],
        range: &Range<usize>,
        ledger: &mut Ledger,
        (differs, tells_former): (Option<&[bool]>, bool),
    ) -> Self {
        let mut told = Self::default();
        let standing = &mut ledger.standing;
        for (at, slot) in slots.iter().enumerate() {
            let key = u32::try_from(range.start + at).expect("a batch has fewer than four billion keys");
            let is_there = standing.is_there(*slot);
            match (standing.is_told(*slot), is_there) {
                (true, true) if differs.is_none_or(|differs| differs[at]) => {
                    if tells_former {
                        told.add(key, (BEFORE, at), RowKind::UpdateBefore);
                    }
                    told.add(key, (BEHIND, at), RowKind::UpdateAfter);
                }
                (false, true) => told.add(key, (BEHIND, at), RowKind::Insert),
                (true, false) => told.add(key, (BEFORE, at), RowKind::Delete),
                (true, true) | (false, false) => {}
            }
            standing.tell(*slot, is_there);
        }
        told
    }

    /// Whether each of so many keys has its new row, and nothing else is said.
    fn are_all_behind(&self, keys: usize) -> bool {
        self.places.len() == keys && self.places.iter().all(|(results, _)| *results == BEHIND)
    }

    fn add(&mut self, key: u32, place: (usize, usize), kind: RowKind) {
        self.keys.push(key);
        self.places.push(place);
        self.kinds.push(kind);
    }
}
