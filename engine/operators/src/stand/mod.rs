//! For tests: an operator between what it is given and what it sends, with a seat in which nothing is real.
//!
//! Keeps all that was sent, in order. Refuses by chance; the clock stands still unless somebody moves it.

mod rows;
mod seat;

use memory::{Batch, KeyGroups};
use runtime::seam::{FileOperation, Ticket};
use runtime::subtask::Failure;
use shuffle::{Event, Watermark};
use state::{Restore, Snapshot, redistribute};

use crate::chain::{Chain, Delivery, Link, Role, Settled, Target};
use crate::{Around, Operator};

pub(crate) use rows::{Chance, batches_of, rows_in, rows_sent, strewn};
pub(crate) use seat::{Bell, seat, spills};

/// What an operator has sent by its main output.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sent {
    Rows(Batch),
    Time(i64),
}

/// What is around the chain.
struct World {
    chance: Chance,
    now_ns: u64,
    /// Whether `may_go_on` is ever no.
    refuses: bool,
    has_refused: bool,
    sent: Vec<Sent>,
    beyond: usize,
}

impl World {
    fn new(refuses: Option<u64>) -> Self {
        Self {
            chance: Chance(refuses.unwrap_or(0)),
            now_ns: 0,
            refuses: refuses.is_some(),
            has_refused: false,
            sent: Vec::new(),
            beyond: 0,
        }
    }
}

impl Around for World {
    fn send(&mut self, edge: usize, batch: Batch) -> Result<(), Failure> {
        assert_eq!(edge, 0);
        self.beyond += usize::from(self.has_refused);
        assert!(self.beyond <= 1, "more than a batch behind a refusal");
        self.sent.push(Sent::Rows(batch));
        Ok(())
    }

    fn event(&mut self, _edge: usize, event: Event) {
        if let Event::Watermark(now) = event {
            self.sent.push(Sent::Time(now.0));
        }
    }

    fn may_go_on(&mut self) -> bool {
        self.has_refused |= self.refuses && self.chance.one_in(3);
        !self.has_refused
    }

    fn now_ns(&self) -> u64 {
        self.now_ns
    }

    fn wall_ms(&self) -> i64 {
        i64::try_from(self.now_ns / 1_000_000).unwrap()
    }

    fn random(&mut self) -> u64 {
        self.chance.bits()
    }

    fn submit(&mut self, operation: FileOperation) -> Ticket {
        panic!("an operator has no files: {operation:?}")
    }
}

/// One operator on trial.
pub(crate) struct Stand {
    chain: Chain,
    world: World,
    /// Who wakes it, if somebody does.
    bell: Option<Bell>,
}

impl Stand {
    /// For an operator with so many ports, which refuses by chance of this seed, or never.
    pub(crate) fn new(operator: impl Operator + 'static, ports: usize, refuses: Option<u64>) -> Self {
        Self::rung_by(operator, ports, refuses, None)
    }

    /// The same for an operator that is poked by this bell: it is waited for when nothing else can be done.
    pub(crate) fn rung_by(
        operator: impl Operator + 'static,
        ports: usize,
        refuses: Option<u64>,
        bell: Option<Bell>,
    ) -> Self {
        let role = Role::Operator(Box::new(operator));
        let poked = bell.as_ref().map(|bell| bell.poked.clone());
        let link = Link { role, ports, exits: vec![vec![Target::Edge(0)]], poked };
        Self { chain: Chain::new(vec![link], (0..ports).collect()), world: World::new(refuses), bell }
    }

    /// For operators that call each other, the first one before the others.
    pub(crate) fn of_chain(operators: Vec<Box<dyn Operator>>, refuses: Option<u64>) -> Self {
        let last = operators.len() - 1;
        let link = |(number, operator): (usize, Box<dyn Operator>)| {
            let target = if number == last { Target::Edge(0) } else { Target::Node(number + 1) };
            Link { role: Role::Operator(operator), ports: 1, exits: vec![vec![target]], poked: None }
        };
        let links = operators.into_iter().enumerate().map(link).collect();
        Self { chain: Chain::new(links, vec![0]), world: World::new(refuses), bell: None }
    }

    /// The clock goes on, and whoever wanted to be woken until then is.
    pub(crate) fn pass_ns(&mut self, time_ns: u64) -> Result<(), Failure> {
        self.world.now_ns += time_ns;
        self.begin();
        self.chain.wake(&mut self.world)?;
        self.settle()
    }

    /// Waits until it is poked, and lets it do what it then does.
    pub(crate) fn hear(&mut self) -> Result<(), Failure> {
        self.bell.as_ref().unwrap().rung.recv().unwrap();
        self.begin();
        self.chain.wake(&mut self.world)?;
        self.settle()
    }

    pub(crate) fn batch(&mut self, port: usize, batch: Batch) -> Result<(), Failure> {
        self.give(port, Delivery::Batch(batch))
    }

    pub(crate) fn time(&mut self, now: i64) -> Result<(), Failure> {
        self.give(0, Delivery::Time(Watermark(now)))
    }

    pub(crate) fn end(&mut self, port: usize) -> Result<(), Failure> {
        self.give(port, Delivery::End)
    }

    /// What it has written down.
    pub(crate) fn save(&mut self) -> Snapshot {
        self.chain.save().unwrap().pop().unwrap()
    }

    pub(crate) fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        self.chain.load(std::slice::from_ref(from))
    }

    /// What was sent since this was asked the last time.
    pub(crate) fn take(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.world.sent)
    }

    fn give(&mut self, port: usize, delivery: Delivery) -> Result<(), Failure> {
        self.begin();
        self.chain.give(port, delivery, &mut self.world)?;
        self.settle()
    }

    fn settle(&mut self) -> Result<(), Failure> {
        loop {
            self.begin();
            match self.chain.settle(&mut self.world)? {
                Settled::Clear => return Ok(()),
                Settled::Interrupted => {}
                Settled::Waits => {
                    let bell = self.bell.as_ref().expect("it waits, and nobody will wake it");
                    bell.rung.recv().unwrap();
                    self.chain.wake(&mut self.world)?;
                }
            }
        }
    }

    /// Another step begins.
    fn begin(&mut self) {
        (self.world.has_refused, self.world.beyond) = (false, 0);
    }
}

/// What one subtask has written down, for one that comes after it.
pub(crate) fn passed_on(snapshot: Snapshot) -> Restore {
    redistribute(&[snapshot], KeyGroups::default(), 1).pop().unwrap()
}
