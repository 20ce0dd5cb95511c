//! The sending side of the exchange: every click goes to the subtask that owns its page.
//!
//! Thin: `shuffle` will do this. Hashes the key once; the hash travels along. Rows are gathered into one segment
//! for each owner, and after each batch a view of what is there goes over a bounded channel while the segment
//! fills on.
//!
//! A subtask that must wait, for a place in a channel or for a segment of its own pool, goes on receiving
//! meanwhile. So among subtasks that all wait, one always finds something to receive, and what it has received
//! frees a place and sends segments home.

use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};

use arrow_array::RecordBatch;
use memory::{Batch, ColumnBuilder, Envelope, KeyGroups, Layout, Pool, Rows, View, hash_key};

use super::clicks::PAGE;
use super::failure::Failure;

/// What goes over a channel: rows, and the subtask they come from.
pub(crate) struct Parcel {
    pub(crate) sender: usize,
    pub(crate) view: View,
}

/// What the text of a page takes in a segment at first; the layout learns the rest.
const HEAP_PER_ROW: usize = 16;

/// What was sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) batches: u64,
    pub(crate) rows: u64,
    pub(crate) views: u64,
    /// The most that was out of the pool at the end of a batch.
    pub(crate) peak_bytes: u64,
}

pub(crate) struct Exchange<'pool> {
    pool: &'pool Pool,
    groups: KeyGroups,
    sender: usize,
    envelope: Arc<Envelope>,
    outlets: Vec<Outlet>,
    sent: Sent,
}

/// The way to one owner.
struct Outlet {
    parcels: SyncSender<Parcel>,
    layout: Arc<Layout>,
    /// The segment that is being filled, if any.
    builder: Option<ColumnBuilder>,
    /// The rows of the current batch that go here.
    chosen: Vec<u32>,
}

impl<'pool> Exchange<'pool> {
    /// From subtask `sender` to the owners of `groups`, one for each channel.
    pub(crate) fn open(
        pool: &'pool Pool,
        groups: KeyGroups,
        envelope: Arc<Envelope>,
        sender: usize,
        channels: Vec<SyncSender<Parcel>>,
    ) -> Self {
        let layout = Layout::new(envelope.clone(), pool.segment_bytes(), HEAP_PER_ROW);
        let layout = layout.expect("the least segment holds a row of a hundred bytes");
        let outlet = |parcels| Outlet { parcels, layout: layout.clone(), builder: None, chosen: Vec::new() };
        let outlets = channels.into_iter().map(outlet).collect();
        Self { pool, groups, sender, envelope, outlets, sent: Sent::default() }
    }

    /// Sends every row to its owner. Calls `meanwhile`, which must receive, as long as it has to wait.
    pub(crate) fn scatter(
        &mut self,
        columns: RecordBatch,
        mut meanwhile: impl FnMut() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut hashes = Vec::new();
        hash_key(&columns.columns()[PAGE..=PAGE], columns.num_rows(), &mut hashes)?;
        self.choose(&hashes);
        let packed = self.envelope.pack(&Batch::new(columns).with_hashes(Some(hashes.into())));
        let rows = Rows::open(&self.outlets[0].layout, &packed);
        for outlet in &mut self.outlets {
            self.sent.views += outlet.send(self.pool, self.sender, &rows, &mut meanwhile)?;
        }
        self.sent.batches += 1;
        self.sent.rows += rows.len() as u64;
        self.sent.peak_bytes = self.sent.peak_bytes.max(self.pool.bytes_out());
        self.pool.collect();
        Ok(())
    }

    /// Ends the sending: the receivers learn that nothing more comes from here.
    pub(crate) fn finish(self) -> Sent {
        self.sent
    }

    fn choose(&mut self, hashes: &[u64]) {
        self.outlets.iter_mut().for_each(|outlet| outlet.chosen.clear());
        let parallelism = u32::try_from(self.outlets.len()).expect("at most as many as key groups");
        for (row, hash) in (0..).zip(hashes) {
            let owner = self.groups.owner(self.groups.of(*hash), parallelism);
            self.outlets[owner as usize].chosen.push(row);
        }
    }
}

impl Outlet {
    /// Sends the chosen rows, in as many views as it takes, and says how many.
    fn send(
        &mut self,
        pool: &Pool,
        sender: usize,
        rows: &Rows,
        meanwhile: &mut impl FnMut() -> Result<(), Failure>,
    ) -> Result<u64, Failure> {
        let (mut done, mut views) = (0, 0);
        while done < self.chosen.len() {
            let Some(builder) = &mut self.builder else {
                match pool.take_bytes(self.layout.segment_bytes()) {
                    Some(segment) => self.builder = Some(ColumnBuilder::open(&self.layout, segment)),
                    None => meanwhile()?,
                }
                continue;
            };
            let taken = builder.gather(rows, &self.chosen[done..]);
            done += taken;
            if let Some(view) = builder.view() {
                views += 1;
                ship(&self.parcels, Parcel { sender, view }, meanwhile)?;
            }
            if done < self.chosen.len() {
                // Full, in rows or in texts. A segment that took nothing was laid out for shorter texts.
                let first = rows.heap_of_row(self.chosen[done] as usize);
                let empty = builder.rows() == 0;
                self.layout = if empty { self.layout.adapted(first * 2) } else { builder.next_layout() };
                self.builder = None;
            }
        }
        Ok(views)
    }
}

/// Waits for a place in the channel, receiving meanwhile.
fn ship(
    parcels: &SyncSender<Parcel>,
    parcel: Parcel,
    meanwhile: &mut impl FnMut() -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut parcel = parcel;
    loop {
        match parcels.try_send(parcel) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full(back)) => parcel = back,
            Err(TrySendError::Disconnected(_)) => return Err(Failure::Stopped),
        }
        meanwhile()?;
    }
}
