//! The subtasks of a drawn dataflow, as operators would be written: state machines over batches.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, Once};

use arrow_buffer::Buffer;
use runtime::seam::{FileAnswer, FileId, FileOperation, OpenMode, Ticket};
use runtime::subtask::{Failure, Mail, Progress, Seat, StepCx, Subtask, TimerId, Why};
use shuffle::{Arrival, Flow};

use crate::oracle;
use crate::plan::{Fails, Node, Source, Work};
use crate::row::{self, Row};

/// What sinks have taken: by vertex, attempt and subtask, in order.
pub(crate) type Taken = Arc<Mutex<BTreeMap<(usize, u32, u32), Vec<Row>>>>;

/// A mistake, planted to see whether it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Planted {
    /// An operator that does not send what it has at hand when its output is full.
    ForgetsWhenFull,
}

/// Makes the subtask of a vertex.
pub(crate) fn make(
    node: &Node,
    vertex: usize,
    taken: &Taken,
    planted: Option<Planted>,
    seat: &Seat,
) -> Box<dyn Subtask> {
    let place = &seat.place;
    let own: Box<dyn Subtask> = match &node.work {
        Work::Source(source) => Box::new(Make {
            rows: oracle::made(source, vertex, place.number).collect(),
            source: source.clone(),
            due_ns: None,
        }),
        Work::Delay(hold_ns) => {
            Box::new(Delay { hold_ns: *hold_ns, held: VecDeque::new(), due: VecDeque::new(), ended: false })
        }
        Work::Spill => Box::new(Spill::new(format!("/spill/{}", place.name))),
        Work::Sum => Box::new(Sum { sums: BTreeMap::new(), ended: false }),
        Work::Sink => {
            let key = (vertex, place.attempt, place.number);
            taken.lock().expect("no subtask panics here").insert(key, Vec::new());
            Box::new(Sink { taken: taken.clone(), key })
        }
        other => Box::new(Each { work: other.clone(), planted, rest: VecDeque::new(), ended: false }),
    };
    match node.fails {
        Some(fails) if place.attempt < fails.attempts && place.number == 0 => {
            Box::new(Failing { own, fails, steps: 0 })
        }
        _ => own,
    }
}

/// A source.
struct Make {
    source: Source,
    rows: VecDeque<Row>,
    due_ns: Option<u64>,
}

impl Subtask for Make {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        while cx.may_go_on() {
            if self.rows.is_empty() {
                return Ok(Progress::Done);
            }
            if let Some(due_ns) = self.due_ns
                && cx.now_ns() < due_ns
            {
                return Ok(Progress::Idle { wake_at_ns: Some(due_ns) });
            }
            let count = usize::try_from(self.source.batch).expect("some hundred").min(self.rows.len());
            let rows: Vec<Row> = self.rows.drain(..count).collect();
            let _ = send(cx, &rows)?;
            self.due_ns = self.source.pause_ns.map(|pause_ns| cx.now_ns() + pause_ns);
        }
        Ok(Progress::Worked)
    }
}

/// What is done to each row by itself. What is made of a batch leaves in pieces, as the outputs take them.
struct Each {
    work: Work,
    planted: Option<Planted>,
    rest: VecDeque<Row>,
    ended: bool,
}

/// Rows that are sent at a time.
const PIECE: usize = 50;

impl Subtask for Each {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        loop {
            while !self.rest.is_empty() {
                if !cx.may_go_on() {
                    return Ok(Progress::Worked);
                }
                let piece: Vec<Row> = self.rest.drain(..PIECE.min(self.rest.len())).collect();
                if send(cx, &piece)? == Flow::Full && self.planted == Some(Planted::ForgetsWhenFull) {
                    self.rest.clear();
                }
            }
            if self.ended {
                return Ok(Progress::Done);
            }
            match cx.next() {
                Some(Arrival::Batch { batch, .. }) => self.work_on(&row::rows(&batch)),
                Some(Arrival::End) => self.ended = true,
                Some(_) => {}
                None => return Ok(Progress::IDLE),
            }
        }
    }
}

impl Each {
    fn work_on(&mut self, rows: &[Row]) {
        let rows = rows.iter().copied();
        match &self.work {
            Work::Map => self.rest.extend(rows.map(oracle::map)),
            Work::Filter => self.rest.extend(rows.filter(oracle::keeps)),
            Work::Explode(copies) => self.rest.extend(rows.flat_map(|row| oracle::explode(row, *copies))),
            other => unreachable!("{other:?} is no work on single rows"),
        }
    }
}

/// Holds each batch for a while.
struct Delay {
    hold_ns: u64,
    held: VecDeque<(TimerId, Vec<Row>)>,
    due: VecDeque<Vec<Row>>,
    ended: bool,
}

impl Subtask for Delay {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        while let Some(rows) = self.due.pop_front() {
            let _ = send(cx, &rows)?;
            if !cx.may_go_on() {
                return Ok(Progress::Worked);
            }
        }
        while let Some(arrival) = cx.next() {
            match arrival {
                Arrival::Batch { batch, .. } => {
                    let due_ns = cx.now_ns() + self.hold_ns;
                    self.held.push_back((cx.set_timer(due_ns), row::rows(&batch)));
                }
                Arrival::End => self.ended = true,
                _ => {}
            }
        }
        Ok(if self.ended && self.held.is_empty() { Progress::Done } else { Progress::IDLE })
    }

    /// Timers that are due at the same time come in any order, but rows keep theirs: those before it go too.
    fn mail(&mut self, mail: Mail, cx: &mut StepCx<'_>) -> Result<(), Failure> {
        let Mail::Timer(timer) = mail else {
            return Err(Failure::lasting(format!("{mail:?} was not asked for")));
        };
        if self.held.iter().any(|(held, _)| *held == timer) {
            while let Some((first, rows)) = self.held.pop_front() {
                self.due.push_back(rows);
                if first == timer {
                    break;
                }
                cx.cancel_timer(first);
            }
        }
        Ok(())
    }
}

/// Takes all rows to a file, and reads them again.
struct Spill {
    path: String,
    phase: SpillPhase,
    file: Option<FileId>,
    wanted: Option<Ticket>,
    written: u64,
    read: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SpillPhase {
    Directory,
    Open,
    Write,
    Read,
    Close,
    Done,
}

/// Bytes read at a time.
const READ_BYTES: usize = 32 * 40;

impl Spill {
    fn new(path: String) -> Self {
        Self { path, phase: SpillPhase::Directory, file: None, wanted: None, written: 0, read: 0 }
    }

    fn ask(&mut self, cx: &mut StepCx<'_>, operation: FileOperation) -> Progress {
        let ticket = cx.submit(operation);
        self.wanted = Some(ticket);
        Progress::Blocked(Why::File(ticket))
    }

    fn file(&self) -> FileId {
        self.file.expect("it was opened")
    }
}

impl Subtask for Spill {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        if let Some(ticket) = self.wanted {
            return Ok(Progress::Blocked(Why::File(ticket)));
        }
        match self.phase {
            SpillPhase::Directory => {
                let directory = self.path.clone().into();
                Ok(self.ask(cx, FileOperation::CreateDirectory { directory }))
            }
            SpillPhase::Open => {
                let operation =
                    FileOperation::Open { path: self.path.clone().into(), mode: OpenMode::Temporary };
                Ok(self.ask(cx, operation))
            }
            SpillPhase::Write => {
                while let Some(arrival) = cx.next() {
                    match arrival {
                        Arrival::Batch { batch, .. } => {
                            let bytes = row::to_bytes(&row::rows(&batch));
                            let offset = self.written;
                            self.written += bytes.len() as u64;
                            let (file, bytes) = (self.file(), Buffer::from_vec(bytes));
                            return Ok(self.ask(cx, FileOperation::Write { file, offset, bytes }));
                        }
                        Arrival::End => {
                            self.phase = SpillPhase::Read;
                            return Ok(Progress::Worked);
                        }
                        _ => {}
                    }
                }
                Ok(Progress::IDLE)
            }
            SpillPhase::Read if self.read == self.written => {
                self.phase = SpillPhase::Close;
                let file = self.file();
                Ok(self.ask(cx, FileOperation::Close { file }))
            }
            SpillPhase::Read if !cx.may_go_on() => Ok(Progress::Worked),
            SpillPhase::Read => {
                let (file, offset) = (self.file(), self.read);
                Ok(self.ask(cx, FileOperation::Read { file, offset, length: READ_BYTES }))
            }
            SpillPhase::Close => unreachable!("it waits for its close"),
            SpillPhase::Done => Ok(Progress::Done),
        }
    }

    fn mail(&mut self, mail: Mail, cx: &mut StepCx<'_>) -> Result<(), Failure> {
        let Mail::File(ticket, result) = mail else {
            return Err(Failure::lasting(format!("{mail:?} was not asked for")));
        };
        assert_eq!(self.wanted.take(), Some(ticket));
        // What a disk does wrong once, it may do right the next time: the job decides.
        let answer = result.map_err(Failure::passing)?;
        match (self.phase, answer) {
            (SpillPhase::Directory, FileAnswer::Done) => self.phase = SpillPhase::Open,
            (SpillPhase::Open, FileAnswer::Opened(file)) => {
                (self.file, self.phase) = (Some(file), SpillPhase::Write);
            }
            (SpillPhase::Write, FileAnswer::Done) => {}
            (SpillPhase::Read, FileAnswer::Bytes(bytes)) => {
                let left = usize::try_from(self.written - self.read).expect("a small file");
                assert_eq!(bytes.len(), left.min(READ_BYTES), "a short read before the end");
                self.read += bytes.len() as u64;
                let _ = send(cx, &row::of_bytes(&bytes))?;
            }
            (SpillPhase::Close, FileAnswer::Done) => self.phase = SpillPhase::Done,
            (_, answer) => return Err(Failure::lasting(format!("{answer:?} answers another question"))),
        }
        Ok(())
    }
}

/// The sum of each key.
struct Sum {
    sums: BTreeMap<i64, i64>,
    ended: bool,
}

impl Subtask for Sum {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        while let Some(arrival) = cx.next() {
            match arrival {
                Arrival::Batch { batch, .. } => {
                    for row in row::rows(&batch) {
                        let sum = self.sums.entry(row.key).or_default();
                        *sum = sum.wrapping_add(row.value);
                    }
                }
                Arrival::End => self.ended = true,
                _ => {}
            }
        }
        if !self.ended {
            return Ok(Progress::IDLE);
        }
        while let Some((key, sum)) = self.sums.pop_first() {
            let _ = send(cx, &[oracle::summed(key, sum)])?;
            if !cx.may_go_on() {
                return Ok(Progress::Worked);
            }
        }
        Ok(Progress::Done)
    }
}

/// Keeps what comes.
struct Sink {
    taken: Taken,
    key: (usize, u32, u32),
}

impl Subtask for Sink {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        while let Some(arrival) = cx.next() {
            match arrival {
                Arrival::Batch { batch, .. } => {
                    let mut taken = self.taken.lock().expect("no subtask panics here");
                    taken.get_mut(&self.key).expect("its own place").extend(row::rows(&batch));
                }
                Arrival::End => return Ok(Progress::Done),
                _ => {}
            }
        }
        Ok(Progress::IDLE)
    }
}

/// A subtask that fails after a while, one way or the other.
struct Failing {
    own: Box<dyn Subtask>,
    fails: Fails,
    steps: u64,
}

impl Subtask for Failing {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        self.steps += 1;
        if self.steps > self.fails.after_batches {
            assert!(!self.fails.panics, "{PLANNED}");
            return Err(Failure::passing(PLANNED));
        }
        self.own.step(cx)
    }

    fn mail(&mut self, mail: Mail, cx: &mut StepCx<'_>) -> Result<(), Failure> {
        self.own.mail(mail, cx)
    }
}

/// What a planned failure says.
const PLANNED: &str = "as planned";

/// Panics that were planned would fill the screen.
pub(crate) fn keep_planned_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let loud = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.payload_as_str() != Some(PLANNED) {
                loud(panic);
            }
        }));
    });
}

/// To all outputs.
fn send(cx: &mut StepCx<'_>, rows: &[Row]) -> Result<Flow, Failure> {
    let mut flow = Flow::Ready;
    for output in 0..cx.outputs() {
        if cx.send(output, row::batch(rows))? == Flow::Full {
            flow = Flow::Full;
        }
    }
    Ok(flow)
}
