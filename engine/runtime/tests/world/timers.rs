//! What a subtask asks of its context beside rows: timers, wakes and files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};

use arrow_buffer::Buffer;
use runtime::job::JobState;
use runtime::seam::{FileAnswer, FileId, FileOperation, FileResult, OpenMode, Ticket};
use runtime::subtask::{Failure, Mail, Progress, StepCx, Subtask, TimerId, Why};
use tempfile::TempDir;

use crate::hosts::{alone_on_each_host, alone_with_each_spec, descriptors, on_each_host, start};
use crate::parts::{act, burn, chain, finishes, is_cancelled, until, vertex};

const MS: u64 = 1_000_000;

/// Sets timers at these times from its begin, and says when each came. Every third one it takes back.
struct Alarms {
    after_ns: Vec<u64>,
    burns_ns: u64,
    due_ns: BTreeMap<TimerId, u64>,
    say: Sender<(u64, u64)>,
}

impl Subtask for Alarms {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        if !self.after_ns.is_empty() {
            let now_ns = cx.now_ns();
            for (number, after_ns) in self.after_ns.drain(..).enumerate() {
                let timer = cx.set_timer(now_ns + after_ns);
                if number % 3 == 2 {
                    assert!(cx.cancel_timer(timer) && !cx.cancel_timer(timer));
                } else {
                    self.due_ns.insert(timer, now_ns + after_ns);
                }
            }
            burn(cx, self.burns_ns);
        }
        Ok(if self.due_ns.is_empty() { Progress::Done } else { Progress::IDLE })
    }

    fn mail(&mut self, mail: Mail, cx: &mut StepCx<'_>) -> Result<(), Failure> {
        let Mail::Timer(timer) = mail else { panic!("{mail:?}") };
        let due_ns = self.due_ns.remove(&timer).expect("it was set, and comes once");
        assert!(!cx.cancel_timer(timer), "it has come already");
        self.say.send((due_ns, cx.now_ns())).unwrap();
        Ok(())
    }
}

#[test]
fn timers_come_in_order_and_not_before_their_time() {
    on_each_host(|worker| {
        // With `burns_ns`, all of them are due before the core looks.
        for burns_ns in [0, 20 * MS] {
            let (say, told) = channel();
            let after_ns: Vec<u64> = (0..90).map(|number| number * 37 % 90 * 111_111).collect();
            let alarms = vertex("alarms", move |_| {
                let (after_ns, say) = (after_ns.clone(), say.clone());
                Alarms { after_ns, burns_ns, due_ns: BTreeMap::new(), say }
            });
            finishes(&worker.run(chain("alarms", [alarms])).unwrap());
            let told: Vec<(u64, u64)> = told.try_iter().collect();
            assert_eq!(told.len(), 60);
            assert!(told.iter().all(|(due_ns, now_ns)| now_ns >= due_ns), "{told:?}");
            assert!(told.is_sorted_by_key(|(due_ns, _)| *due_ns), "{told:?}");
        }
    });
}

#[test]
fn who_is_idle_until_a_time_is_woken_then() {
    on_each_host(|worker| {
        let (say, told) = channel();
        let waits = vertex("waits", move |_| {
            let (say, mut wake_at_ns) = (say.clone(), None);
            act(move |cx| {
                let now_ns = cx.now_ns();
                let wake_at_ns = *wake_at_ns.get_or_insert(now_ns + 3 * MS);
                say.send(now_ns >= wake_at_ns).unwrap();
                let is_over = now_ns >= wake_at_ns;
                Ok(if is_over { Progress::Done } else { Progress::Idle { wake_at_ns: Some(wake_at_ns) } })
            })
        });
        finishes(&worker.run(chain("waits", [waits])).unwrap());
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [false, true], "it was not called in between");
    });
}

#[test]
fn who_ends_with_timers_pending_hears_of_none() {
    on_each_host(|worker| {
        for _ in 0..10 {
            let leaves = vertex("leaves", |_| {
                act(|cx| {
                    for after_ns in [0, MS, 1 << 50] {
                        cx.set_timer(cx.now_ns() + after_ns);
                    }
                    Ok(Progress::Done)
                })
            });
            finishes(&worker.run(chain("leaves", [leaves.parallel(4)])).unwrap());
        }
    });
}

/// Does one file operation after the other, each made from the answer to the one before.
struct Clerk {
    directory: PathBuf,
    file: Option<FileId>,
    awaited: Option<Ticket>,
    stage: usize,
    say: Sender<Result<FileAnswer, String>>,
}

impl Clerk {
    fn operation(&self) -> Option<FileOperation> {
        let path = |name: &str| self.directory.join(name);
        let file = self.file.unwrap_or(FileId(u64::MAX));
        let operations = [
            FileOperation::Open { path: path("part-0"), mode: OpenMode::Create },
            FileOperation::Write { file, offset: 0, bytes: Buffer::from(b"millstone".to_vec()) },
            FileOperation::Sync { file },
            FileOperation::Read { file, offset: 4, length: 100 },
            FileOperation::Length { file },
            FileOperation::Rename { from: path("part-0"), to: path("part-1") },
            FileOperation::SyncDirectory { directory: self.directory.clone() },
            FileOperation::List { directory: self.directory.clone() },
            FileOperation::Open { path: path("part-0"), mode: OpenMode::Read },
            FileOperation::Close { file },
            FileOperation::Read { file, offset: 0, length: 1 },
            FileOperation::Remove { path: path("part-1") },
        ];
        operations.into_iter().nth(self.stage)
    }
}

impl Subtask for Clerk {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        if let Some(ticket) = self.awaited {
            return Ok(Progress::Blocked(Why::File(ticket)));
        }
        let Some(operation) = self.operation() else { return Ok(Progress::Done) };
        let ticket = cx.submit(operation);
        self.awaited = Some(ticket);
        Ok(Progress::Blocked(Why::File(ticket)))
    }

    fn mail(&mut self, mail: Mail, _cx: &mut StepCx<'_>) -> Result<(), Failure> {
        let Mail::File(ticket, result) = mail else { panic!("{mail:?}") };
        assert_eq!(self.awaited.take(), Some(ticket));
        self.stage += 1;
        if let Ok(FileAnswer::Opened(file)) = &result {
            self.file = Some(*file);
        }
        self.say.send(result.map_err(|error| error.to_string())).unwrap();
        Ok(())
    }
}

#[test]
fn files_are_written_read_and_named_and_errors_are_answers() {
    on_each_host(|worker| {
        let (directory, (say, told)) = (TempDir::new().unwrap(), channel());
        let path = directory.path().to_owned();
        let clerk = vertex("clerk", move |_| Clerk {
            directory: path.clone(),
            file: None,
            awaited: None,
            stage: 0,
            say: say.clone(),
        });
        finishes(&worker.run(chain("clerk", [clerk])).unwrap());
        let told: Vec<_> = told.try_iter().collect();
        let done = || Ok(FileAnswer::Done);
        assert!(matches!(told[0], Ok(FileAnswer::Opened(_))), "{told:?}");
        assert_eq!(told[1..3], [done(), done()]);
        assert_eq!(told[3], Ok(FileAnswer::Bytes(Buffer::from(b"stone".to_vec()))));
        assert_eq!(told[4..7], [Ok(FileAnswer::Length(9)), done(), done()]);
        assert_eq!(told[7], Ok(FileAnswer::Names(vec!["part-1".to_owned()])));
        let (missing, closed) = (told[8].clone().unwrap_err(), told[10].clone().unwrap_err());
        assert!(missing.starts_with("cannot open ") && missing.contains("part-0"), "{missing}");
        assert_eq!((&told[9], &told[11]), (&done(), &done()));
        assert!(closed.contains("not open here"), "{closed}");
        assert_eq!(told.len(), 12);
    });
}

/// Opens files and keeps them; each answer that comes is told.
struct Hoards {
    directory: PathBuf,
    files: usize,
    say: Sender<()>,
}

impl Subtask for Hoards {
    fn step(&mut self, cx: &mut StepCx<'_>) -> Result<Progress, Failure> {
        for _ in 0..std::mem::take(&mut self.files) {
            cx.submit(FileOperation::Open { path: self.directory.clone(), mode: OpenMode::Temporary });
        }
        Ok(Progress::IDLE)
    }

    fn mail(&mut self, mail: Mail, _cx: &mut StepCx<'_>) -> Result<(), Failure> {
        let Mail::File(_, result) = mail else { panic!("{mail:?}") };
        answered(result)?;
        let _ = self.say.send(());
        Ok(())
    }
}

fn answered(result: FileResult) -> Result<(), Failure> {
    Ok(result.map(drop)?)
}

#[test]
fn files_that_are_open_are_closed_with_their_job() {
    alone_on_each_host(|worker| {
        let (directory, before) = (TempDir::new().unwrap(), descriptors());
        // At the second time the answers are not waited for: what is opened for nobody is closed, too.
        for waits in [true, false] {
            let ((say, told), path) = (channel(), directory.path().to_owned());
            let hoards =
                vertex("hoards", move |_| Hoards { directory: path.clone(), files: 8, say: say.clone() });
            let job = worker.run(chain("hoards", [hoards.parallel(2)])).unwrap();
            if waits {
                (0..16).for_each(|_| told.recv().unwrap());
                assert!(descriptors() >= before + 16, "each of them is open"); // Direct files are so twice.
            } else {
                until("it runs", || job.state() == JobState::Running);
            }
            is_cancelled(&job);
            until("all files are closed", || descriptors() == before);
        }
    });
}

#[test]
fn a_worker_that_stops_waits_for_its_files() {
    alone_with_each_spec(|spec| {
        let (worker, directory) = (start(spec), TempDir::new().unwrap());
        let ((say, told), path) = (channel(), directory.path().to_owned());
        let hoards =
            vertex("hoards", move |_| Hoards { directory: path.clone(), files: 8, say: say.clone() });
        let job = worker.run(chain("hoards", [hoards.parallel(2)])).unwrap();
        (0..16).for_each(|_| told.recv().unwrap());
        assert_eq!(worker.stop().unwrap().segment_bytes_out, 0);
        assert_eq!(job.wait().state, JobState::Suspended);
    });
}
