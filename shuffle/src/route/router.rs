//! A route at work: it knows how many channels there are and whose turn it is.

use memory::{Batch, KeyGroups, hash_key};

use super::pieces::pieces;
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

    /// Gives out the batch, in pieces, each with the way it goes. `spread` is memory to be used again; `room` says
    /// how much a channel can still take.
    pub(crate) fn route(
        &mut self,
        batch: Batch,
        spread: &mut Spread,
        room: impl Fn(usize) -> u64,
        mut give: impl FnMut(Batch, Routed),
    ) -> Result<(), Error> {
        let channels = self.channels;
        match &mut self.rule {
            Rule::One => give(batch, Routed::Whole(0)),
            Rule::Balance(turn) => {
                for piece in pieces(batch, BALANCE_ROWS) {
                    let chosen = roomiest(*turn, channels, &room);
                    *turn = (chosen + 1) % channels;
                    give(piece, Routed::Whole(chosen));
                }
            }
            Rule::Hash(key, groups, owners) => {
                let batch = with_hashes(batch, key)?;
                let hashes = batch.hashes().expect("just computed");
                let owner = |hash: &u64| owners[groups.of(*hash) as usize];
                let targets = spread.targets();
                match batch.selection() {
                    Some(rows) => targets.extend(rows.rows().iter().map(|row| owner(&hashes[*row as usize]))),
                    None => targets.extend(hashes.iter().map(owner)),
                }
                give_spread(batch, spread, channels, give);
            }
            Rule::Range(bounds) => {
                let batch = batch.compact();
                bounds.targets(&batch, spread.targets());
                give_spread(batch, spread, channels, give);
            }
            Rule::Custom(partitioner) => {
                let count = u32::try_from(channels).expect("channels have numbers of 32 bits");
                partitioner.targets(&batch, count, spread.targets())?;
                give_spread(batch, spread, channels, give);
            }
        }
        Ok(())
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

fn give_spread(batch: Batch, spread: &mut Spread, channels: usize, mut give: impl FnMut(Batch, Routed)) {
    match spread.only_target() {
        Some(target) => give(batch, Routed::Whole(target)),
        None => {
            spread.group(channels, batch.selection().map(memory::Selection::rows));
            give(batch, Routed::Spread(std::mem::take(spread)));
        }
    }
}
