//! Events into a circuit: each worker makes those of every so many-th epoch, so many for a transaction, as changes that add rows.

use std::path::PathBuf;

use dbsp::dynamic::DynData;
use dbsp::operator::TransactionGenerator;
use dbsp::utils::Tup2;
use dbsp::{Circuit, DBData, OrdIndexedZSet, OrdZSet, RootCircuit, Runtime, Stream, TypedBox, ZWeight};
use peer::{Auction, Bid, Corpus, Epoch, Person, Question};

/// Events of a transaction, of all workers: what DBSP's own Nexmark takes.
pub(crate) const BATCH: u64 = 40_000;
/// As short of their own time as the shortest slide of a window.
const BATCH_MS: u64 = 2000;
const EPOCH: u64 = 50;
/// How far the watermark is behind.
const LATENESS_MS: u64 = 4000;

/// Which events, and how many at once.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    pub(crate) corpus: Corpus,
    /// Epochs of a transaction.
    epochs: u64,
    pub(crate) answer: Option<PathBuf>,
}

/// The stream of what somebody makes of events.
pub(crate) type Changes<K, V> = Stream<RootCircuit, OrdIndexedZSet<K, V>>;
/// Rows without a key.
pub(crate) type Rows<K> = Stream<RootCircuit, OrdZSet<K>>;
/// The time that no later event is before.
pub(crate) type Watermark = Stream<RootCircuit, TypedBox<u64, DynData>>;

impl Feed {
    pub(crate) fn new(question: &Question) -> Self {
        let corpus = question.corpus;
        let events = BATCH.min(BATCH_MS * corpus.rate / 1000);
        Self { corpus, epochs: (events / EPOCH).max(1), answer: question.answer.clone() }
    }

    /// So many transactions take all events.
    pub(crate) fn transactions(&self) -> u64 {
        self.corpus.epochs().div_ceil(self.epochs)
    }

    /// A row of each bid, with its key.
    pub(crate) fn bids<K: DBData, V: DBData>(
        &self,
        circuit: &RootCircuit,
        row: impl Fn(&Bid<'_>) -> (K, V) + 'static,
    ) -> Changes<K, V> {
        self.source(circuit, move |epoch, rows| rows.extend(epoch.bids().map(|bid| change(row(&bid)))))
    }

    /// A row of each bid.
    pub(crate) fn bid_rows<K: DBData>(
        &self,
        circuit: &RootCircuit,
        row: impl Fn(&Bid<'_>) -> K + 'static,
    ) -> Rows<K> {
        let mut rows = self.rows(move |epoch: &Epoch, rows: &mut Vec<Tup2<Tup2<K, ()>, ZWeight>>| {
            rows.extend(epoch.bids().map(|bid| change((row(&bid), ()))));
        });
        let batch = move |is_new: bool| OrdZSet::from_tuples((), rows(is_new));
        circuit.add_source(TransactionGenerator::new(batch))
    }

    /// A row of each auction, with its key.
    pub(crate) fn auctions<K: DBData, V: DBData>(
        &self,
        circuit: &RootCircuit,
        row: impl Fn(&Auction<'_>) -> Option<(K, V)> + 'static,
    ) -> Changes<K, V> {
        self.source(circuit, move |epoch, rows| {
            rows.extend(epoch.auctions().filter_map(|auction| row(&auction)).map(change));
        })
    }

    /// A row of each person, with its key.
    pub(crate) fn persons<K: DBData, V: DBData>(
        &self,
        circuit: &RootCircuit,
        row: impl Fn(&Person) -> Option<(K, V)> + 'static,
    ) -> Changes<K, V> {
        self.source(circuit, move |epoch, rows| rows.extend(row(&epoch.person()).map(change)))
    }

    /// The watermark behind each transaction.
    pub(crate) fn watermark(&self, circuit: &RootCircuit) -> Watermark {
        let Self { corpus, epochs, .. } = *self;
        let mut end = 0;
        circuit.add_source(TransactionGenerator::new(move |is_new: bool| {
            if is_new {
                end = (end + epochs).min(corpus.epochs());
            }
            TypedBox::new(corpus.epoch(end.max(1) - 1).end() - LATENESS_MS)
        }))
    }

    fn source<K: DBData, V: DBData>(
        &self,
        circuit: &RootCircuit,
        make: impl FnMut(&Epoch, &mut Vec<Tup2<Tup2<K, V>, ZWeight>>) + 'static,
    ) -> Changes<K, V> {
        let mut rows = self.rows(make);
        let batch = move |is_new: bool| OrdIndexedZSet::from_tuples((), rows(is_new));
        circuit.add_source(TransactionGenerator::new(batch))
    }

    /// The rows of this worker for each transaction, once; of other steps of it there are none.
    fn rows<T, M: FnMut(&Epoch, &mut Vec<T>)>(&self, mut make: M) -> impl FnMut(bool) -> Vec<T> + use<T, M> {
        let Self { corpus, epochs, .. } = *self;
        let (worker, workers) = (Runtime::worker_index() as u64, Runtime::num_workers());
        let mut next = 0;
        move |is_new| {
            let mut rows = Vec::new();
            if is_new {
                let end = (next + epochs).min(corpus.epochs());
                for number in (next + worker..end).step_by(workers) {
                    make(&corpus.epoch(number), &mut rows);
                }
                next += epochs;
            }
            rows
        }
    }
}

fn change<K, V>((key, value): (K, V)) -> Tup2<Tup2<K, V>, ZWeight> {
    Tup2(Tup2(key, value), 1)
}
