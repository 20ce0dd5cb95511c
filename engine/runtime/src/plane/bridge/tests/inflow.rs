//! From the plane to a core.

use std::future::pending;
use std::pin::pin;

use super::*;

fn next<T: Send + 'static>(inflow: &mut Inflow<T>, heard: &Receiver<()>) -> Taken<T> {
    wait_for(heard, || match inflow.take() {
        Taken::Empty => None,
        found => Some(found),
    })
}

#[test]
fn items_come_in_order_and_then_the_end() {
    over_each_backend(|plane| {
        let (poke, heard) = pokes();
        let count = async |sender: InflowSender<u64>| {
            for number in 0..100 {
                sender.send(number).await.unwrap();
            }
            Ok(())
        };
        let mut inflow = Inflow::open(&plane.handle(), poke, 7, count).unwrap();
        for number in 0..100 {
            assert_eq!(next(&mut inflow, &heard), Taken::Item(number));
        }
        assert_eq!(next(&mut inflow, &heard), Taken::Ended(Ok(())));
        assert_eq!(inflow.take(), Taken::Ended(Ok(())), "the end stays");
    });
}

#[test]
fn a_source_waits_while_the_core_is_behind() {
    over_each_backend(|plane| {
        let (poke, _heard) = pokes();
        let (say, waits_with) = channel();
        let count = async move |sender: InflowSender<u64>| {
            for number in 0.. {
                let mut send = pin!(sender.send(number));
                if !has_ended(send.as_mut()).await {
                    say.send(number).unwrap();
                    send.await.unwrap();
                }
            }
            Ok(())
        };
        let mut inflow = Inflow::open(&plane.handle(), poke, 4, count).unwrap();
        // It waits with the fifth item, and for each that is taken it gets one further.
        for number in 0..10 {
            assert_eq!(waits_with.recv(), Ok(number + 4));
            assert_eq!(inflow.take(), Taken::Item(number));
        }
    });
}

#[test]
fn many_items_between_two_looks_are_one_poke() {
    over_each_backend(|plane| {
        let ((poke, heard), (say, sent)) = (pokes(), channel());
        let burst = async move |sender: InflowSender<u64>| {
            for number in 0..8 {
                sender.send(number).await.unwrap();
            }
            say.send(()).unwrap();
            pending().await
        };
        let mut inflow = Inflow::open(&plane.handle(), poke, 8, burst).unwrap();
        sent.recv().unwrap();
        assert_eq!(heard.try_iter().count(), 1);
        assert!((0..8).all(|number| inflow.take() == Taken::Item(number)));
        assert_eq!(inflow.take(), Taken::Empty);
        assert_eq!(heard.try_iter().count(), 0);
    });
}

#[test]
fn an_error_comes_behind_the_items() {
    over_each_backend(|plane| {
        let (poke, heard) = pokes();
        let fail = async |sender: InflowSender<u64>| {
            sender.send(7).await.unwrap();
            Err("the broker is gone".to_owned())
        };
        let mut inflow = Inflow::open(&plane.handle(), poke, 1, fail).unwrap();
        assert_eq!(next(&mut inflow, &heard), Taken::Item(7));
        assert_eq!(next(&mut inflow, &heard), Taken::Ended(Err("the broker is gone".to_owned())));
    });
}

#[test]
fn a_panic_is_an_end_with_its_words_and_the_plane_goes_on() {
    over_each_backend(|plane| {
        let (poke, heard) = pokes();
        let fall = async |_sender: InflowSender<u64>| panic!("stone broke");
        let mut inflow = Inflow::open(&plane.handle(), Arc::clone(&poke), 1, fall).unwrap();
        assert_eq!(next(&mut inflow, &heard), Taken::Ended(Err("panicked: stone broke".to_owned())));

        let mut second = Inflow::open(&plane.handle(), poke, 1, async |sender| {
            sender.send(7).await.unwrap();
            Ok(())
        });
        assert_eq!(next(second.as_mut().unwrap(), &heard), Taken::Item(7));
        assert_eq!(plane.handle().figures().tasks_panicked, 1);
    });
}

#[test]
fn dropping_the_port_drops_the_task_where_it_waits() {
    over_each_backend(|plane| {
        let ((poke, heard), (say, ended)) = (pokes(), channel());
        let forever = async move |sender: InflowSender<u64>| {
            let _tombstone = Tombstone(say);
            sender.send(7).await.unwrap();
            pending().await
        };
        let mut inflow = Inflow::open(&plane.handle(), poke, 1, forever).unwrap();
        assert_eq!(next(&mut inflow, &heard), Taken::Item(7));
        assert!(ended.try_recv().is_err());
        drop(inflow);
        ended.recv().unwrap();
    });
}

#[test]
fn a_port_whose_plane_has_stopped_says_so() {
    let plane = Plane::start(1, Backend::Std).unwrap();
    let (poke, heard) = pokes();
    let mut inflow =
        Inflow::<u64>::open(&plane.handle(), Arc::clone(&poke), 1, async |_sender| pending().await).unwrap();
    let handle = plane.handle();
    plane.stop().unwrap();
    assert_eq!(next(&mut inflow, &heard), Taken::Ended(Err("the I/O plane has stopped".to_owned())));
    assert!(Inflow::<u64>::open(&handle, poke, 1, async |_sender| Ok(())).is_err());
}
