//! A route at work: it knows how many channels there are and whose turn it is.

use memory::{Batch, KeyGroups, Selection, hash_key};

use super::spread::Spread;
use super::{HashKey, Partitioner, RangeBounds, Route};
use crate::bound::{BALANCE_LOOK, BALANCE_ROWS};
use crate::error::Error;

/// Decides for each batch where its rows go.
#[derive(Debug)]
pub(crate) struct Router {
    rule: Rule,
    channels: usize,
}

#[derive(Debug)]
enum Rule {
    /// There is only one way: forward, global, and broadcast, whose channels share one way.
    One,
    /// The key, its groups, and the channel that owns each group.
    Hash(HashKey, KeyGroups, Box<[u32]>),
    /// The channel whose turn it is.
    Balance(usize),
    Range(std::sync::Arc<RangeBounds>),
    Custom(Partitioner),
}

/// Where a batch goes.
#[derive(Debug)]
pub(crate) enum Routed {
    /// All of it one way.
    Whole(usize),
    /// Where the spread says.
    Spread(Spread),
}

impl Router {
    /// Over so many channels. A broadcast has one way to all of its channels.
    pub(crate) fn new(route: &Route, channels: usize) -> Self {
        let rule = match route {
            Route::Forward | Route::Global | Route::Broadcast => Rule::One,
            Route::Rebalance | Route::Rescale => Rule::Balance(0),
            Route::Hash { key, groups } => {
                let parallelism = u32::try_from(channels).expect("at most as many as key groups");
                let owners = (0..groups.count()).map(|group| groups.owner(group, parallelism)).collect();
                Rule::Hash(key.clone(), *groups, owners)
            }
            Route::Range(bounds) => {
                assert!(bounds.ranges() <= channels, "a range without a channel");
                Rule::Range(bounds.clone())
            }
            Route::Custom(partitioner) => Rule::Custom(partitioner.clone()),
        };
        Self { rule, channels }
    }

    /// How many rows go one way before the route is asked again.
    pub(crate) fn piece_rows(&self) -> usize {
        match self.rule {
            Rule::Balance(_) => BALANCE_ROWS,
            _ => usize::MAX,
        }
    }

    /// The way of a piece, with what was learnt about it. `spread` is memory to be used again; `room` says how much a
    /// channel can still take.
    pub(crate) fn route(
        &mut self,
        batch: Batch,
        spread: &mut Spread,
        room: impl Fn(usize) -> u64,
    ) -> Result<(Batch, Routed), Error> {
        let channels = self.channels;
        let batch = match &mut self.rule {
            Rule::One => return Ok((batch, Routed::Whole(0))),
            Rule::Balance(turn) => {
                let chosen = roomiest(*turn, channels, &room);
                *turn = (chosen + 1) % channels;
                return Ok((batch, Routed::Whole(chosen)));
            }
            Rule::Hash(key, groups, owners) => {
                let batch = with_hashes(batch, key)?;
                owners_of(&batch, |hash| owners[groups.of(hash) as usize], spread.targets());
                batch
            }
            Rule::Range(bounds) => {
                let batch = batch.compact();
                bounds.targets(&batch, spread.targets());
                batch
            }
            Rule::Custom(partitioner) => {
                let count = u32::try_from(channels).expect("channels have numbers of 32 bits");
                partitioner.targets(&batch, count, spread.targets())?;
                batch
            }
        };
        if let Some(target) = spread.only_target() {
            return Ok((batch, Routed::Whole(target)));
        }
        spread.group(channels, batch.selection().map(Selection::rows));
        Ok((batch, Routed::Spread(std::mem::take(spread))))
    }
}

/// Of the next few channels the one with the most room; the one whose turn it is, if they have the same. A look at all
/// of them would cost what it saves.
fn roomiest(turn: usize, channels: usize, room: impl Fn(usize) -> u64) -> usize {
    let next = (0..channels.min(BALANCE_LOOK)).map(|step| (turn + step) % channels);
    // The last of several greatest is found, so the look goes backwards.
    next.rev().max_by_key(|channel| room(*channel)).expect("an edge has a channel")
}

/// The batch with the hashes of its key.
fn with_hashes(batch: Batch, key: &HashKey) -> Result<Batch, Error> {
    let HashKey::Columns(key) = key else {
        assert!(batch.hashes().is_some(), "the plan promised hashes");
        return Ok(batch);
    };
    let columns: Vec<_> = key.iter().map(|column| batch.columns().column(*column).clone()).collect();
    let mut hashes = Vec::new();
    hash_key(&columns, batch.columns().num_rows(), &mut hashes)?;
    Ok(batch.with_hashes(Some(hashes.into())))
}

/// Adds the owner of each row that counts.
fn owners_of(batch: &Batch, owner: impl Fn(u64) -> u32, into: &mut Vec<u32>) {
    let hashes = batch.hashes().expect("computed, or promised");
    match batch.selection() {
        Some(rows) => into.extend(rows.rows().iter().map(|row| owner(hashes[*row as usize]))),
        None => into.extend(hashes.iter().map(|hash| owner(*hash))),
    }
}
