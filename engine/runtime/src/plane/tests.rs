//! What the plane promises, over each runtime that this machine grants.

#![expect(clippy::disallowed_methods, reason = "asks the kernel whether a port is free again")]

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, ThreadId};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::preflight::{IoBackend, Preflight};

/// Runs a test over plain tokio, and over io_uring where the machine has it.
pub(super) fn over_each_backend(test: impl Fn(&Plane)) {
    for backend in backends() {
        let plane = Plane::start(1, backend).unwrap();
        assert_eq!(plane.handle().figures().backend, backend);
        test(&plane);
        plane.stop().unwrap();
    }
}

fn backends() -> Vec<Backend> {
    let granted = Preflight::run(IoBackend::Auto).unwrap().backend;
    if granted == Backend::Std { vec![granted] } else { vec![Backend::Std, granted] }
}

/// Says when what holds it is dropped.
pub(super) struct Tombstone(pub(super) Sender<()>);

impl Drop for Tombstone {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

/// Waits until the figures are as wanted. Each round gives every thread a task, so what is under way goes on.
fn wait_for(plane: &Plane, wanted: impl Fn(PlaneFigures) -> bool) {
    let handle = plane.handle();
    while !wanted(handle.figures()) {
        let (say, heard) = channel();
        for _ in 0..handle.figures().threads {
            let say = say.clone();
            handle.spawn(move || async move { say.send(()).unwrap() }).unwrap();
        }
        (0..handle.figures().threads).for_each(|_| heard.recv().unwrap());
    }
}

#[test]
fn what_cannot_be_sent_runs() {
    over_each_backend(|plane| {
        let (say, heard) = channel();
        let make = move || {
            let count = Rc::new(Cell::new(0));
            async move {
                for _ in 0..3 {
                    count.set(count.get() + 1);
                    tokio::task::yield_now().await;
                }
                say.send(count.get()).unwrap();
            }
        };
        plane.handle().spawn(make).unwrap();
        assert_eq!(heard.recv(), Ok(3));
    });
}

#[test]
fn the_threads_take_turns() {
    for backend in backends() {
        let plane = Plane::start(2, backend).unwrap();
        let (say, heard) = channel();
        for _ in 0..4 {
            let say = say.clone();
            let report = move || {
                let thread = thread::current();
                say.send((thread.id(), thread.name().unwrap().to_owned())).unwrap();
            };
            plane.handle().spawn(|| async move { report() }).unwrap();
        }
        let mut said: Vec<(ThreadId, String)> = heard.iter().take(4).collect();
        said.sort_by(|left, right| left.1.cmp(&right.1));
        let names: Vec<_> = said.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["millstream-io-0", "millstream-io-0", "millstream-io-1", "millstream-io-1"]);
        assert!(said[0].0 == said[1].0 && said[1].0 != said[2].0);
        plane.stop().unwrap();
    }
}

#[test]
fn a_panic_is_counted_and_the_rest_goes_on() {
    over_each_backend(|plane| {
        let (handle, (ask, asked), (say, heard)) =
            (plane.handle(), tokio::sync::oneshot::channel(), channel());
        handle.spawn(|| async move { say.send(asked.await).unwrap() }).unwrap();
        handle.spawn(|| async { panic!("stone broke") }).unwrap();
        handle.spawn(|| -> std::future::Ready<()> { panic!("stone broke while it was made") }).unwrap();
        wait_for(plane, |figures| figures.tasks_panicked == 2);
        ask.send(7).unwrap();
        assert_eq!(heard.recv().unwrap(), Ok(7), "a sibling has died");
    });
}

#[test]
fn tasks_are_counted_while_they_run() {
    over_each_backend(|plane| {
        let (handle, (end, ended)) = (plane.handle(), tokio::sync::oneshot::channel::<()>());
        handle.spawn(|| async { drop(ended.await) }).unwrap();
        handle.spawn(pending).unwrap();
        wait_for(plane, |figures| figures.tasks_running == 2 && figures.tasks_begun >= 2);
        end.send(()).unwrap();
        wait_for(plane, |figures| figures.tasks_running == 1);
    });
}

#[test]
fn a_leash_ends_its_task_where_it_waits() {
    over_each_backend(|plane| {
        let ((say, ended), (begin, begun)) = (channel(), channel());
        let forever = move || async move {
            let _tombstone = Tombstone(say);
            begin.send(()).unwrap();
            pending().await
        };
        let leash = plane.handle().spawn_leashed(forever).unwrap();
        begun.recv().unwrap();
        assert!(ended.try_recv().is_err(), "it ended while it was held");
        drop(leash);
        ended.recv().unwrap();
    });
}

#[test]
fn a_stop_drops_what_runs_and_refuses_what_comes() {
    for backend in backends() {
        let plane = Plane::start(2, backend).unwrap();
        let (handle, (say, ended)) = (plane.handle(), channel());
        for _ in 0..4 {
            let tombstone = Tombstone(say.clone());
            handle.spawn(move || async move { drop((tombstone, pending::<()>().await)) }).unwrap();
        }
        plane.stop().unwrap();
        assert_eq!(ended.try_iter().count(), 4);
        assert!(matches!(handle.spawn(pending), Err(Error::PlaneStopped)));
        assert_eq!(handle.figures().tasks_running, 0);
    }
}

/// Says, when it is dropped, whether there is a runtime around it.
struct Witness(Sender<bool>);

impl Drop for Witness {
    fn drop(&mut self) {
        self.0.send(tokio::runtime::Handle::try_current().is_ok()).unwrap();
    }
}

#[test]
fn what_tasks_and_ports_own_is_dropped_before_the_runtime() {
    for backend in backends() {
        let plane = Plane::start(1, backend).unwrap();
        let (handle, (say, dropped)) = (plane.handle(), channel());
        let witness = Witness(say.clone());
        handle.spawn(move || async move { drop((witness, pending::<()>().await)) }).unwrap();
        let (witness, (begin, begun)) = (Witness(say), channel());
        let run = async move |_sender| {
            begin.send(()).unwrap();
            drop((witness, pending::<()>().await));
            Ok(())
        };
        let port = bridge::Inflow::<u64>::open(&handle, Arc::new(Deaf), 1, run).unwrap();
        begun.recv().unwrap();
        plane.stop().unwrap();
        assert_eq!(dropped.try_iter().collect::<Vec<_>>(), [true, true]);
        drop(port);
    }
}

/// A core that does not want to know.
struct Deaf;

impl bridge::Poke for Deaf {
    fn poke(&self) {}
}

#[test]
fn dropping_the_plane_stops_it() {
    for backend in backends() {
        let plane = Plane::start(1, backend).unwrap();
        let (handle, (say, ended)) = (plane.handle(), channel());
        let tombstone = Tombstone(say);
        handle.spawn(move || async move { drop((tombstone, pending::<()>().await)) }).unwrap();
        drop(plane);
        assert_eq!(ended.try_recv(), Ok(()));
    }
}

/// Stops the plane on another thread, so that a stop that hangs is a failed test and not a silent one.
fn stop_in_time(plane: Plane) {
    let (say, heard) = channel();
    let stopping = crate::threads::spawn("stop", move || say.send(plane.stop()).unwrap()).unwrap();
    heard.recv_timeout(Duration::from_secs(60)).expect("the stop hangs").unwrap();
    stopping.join().unwrap();
}

#[test]
fn a_stop_does_not_wait_for_an_accept() {
    for backend in backends() {
        let plane = Plane::start(1, backend).unwrap();
        let (say, heard) = channel();
        let accept = move || async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            say.send(listener.local_addr().unwrap()).unwrap();
            drop(listener.accept().await);
        };
        plane.handle().spawn(accept).unwrap();
        let address = heard.recv().unwrap();
        stop_in_time(plane);
        // The port is free again: the listener has been closed, and not left to the end of the process.
        drop(std::net::TcpListener::bind(address).unwrap());
    }
}

/// The same with the accept inside the kernel, which is where a stop once hung.
#[cfg(feature = "uring")]
#[test]
fn a_stop_does_not_wait_for_an_accept_on_the_ring() {
    if !backends().contains(&Backend::Uring) {
        return;
    }
    let plane = Plane::start(1, Backend::Uring).unwrap();
    let (say, heard) = channel();
    let accept = move || async move {
        let listener = tokio_uring::net::TcpListener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        say.send(listener.local_addr().unwrap()).unwrap();
        drop(listener.accept().await);
    };
    plane.handle().spawn(accept).unwrap();
    let address = heard.recv().unwrap();
    // The thread has slept between these, and when it sleeps the accept is handed to the kernel.
    wait_for(&plane, |figures| figures.tasks_begun > 8);
    stop_in_time(plane);
    drop(std::net::TcpListener::bind(address).unwrap());
}

#[test]
fn an_echo_comes_back_over_loopback() {
    over_each_backend(|plane| {
        let (say, heard) = channel();
        let (bound, address) = tokio::sync::oneshot::channel();
        let serve = move || async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            bound.send(listener.local_addr().unwrap()).unwrap();
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut read, mut write) = stream.split();
            tokio::io::copy(&mut read, &mut write).await.unwrap();
        };
        let call = move || async move {
            let mut stream = TcpStream::connect(address.await.unwrap()).await.unwrap();
            stream.write_all(b"grist").await.unwrap();
            stream.shutdown().await.unwrap();
            let mut echo = String::new();
            stream.read_to_string(&mut echo).await.unwrap();
            say.send(echo).unwrap();
        };
        plane.handle().spawn(serve).unwrap();
        plane.handle().spawn(call).unwrap();
        assert_eq!(heard.recv().unwrap(), "grist");
    });
}
