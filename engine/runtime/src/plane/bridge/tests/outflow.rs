//! From a core to the plane.

use std::future::pending;

use super::*;

/// A port to a task that says what it takes, one item a step, and then ends well.
fn sink(
    plane: &Plane,
    poke: Arc<dyn Poke>,
    capacity: usize,
    steps: &Arc<Semaphore>,
) -> (Outflow<u64>, Receiver<u64>) {
    let ((say, taken), steps) = (channel(), Arc::clone(steps));
    let run = async move |mut items: OutflowReceiver<u64>| {
        loop {
            step(&steps).await;
            let Some(item) = items.next().await else { return Ok(()) };
            say.send(item).unwrap();
        }
    };
    (Outflow::open(&plane.handle(), poke, capacity, run).unwrap(), taken)
}

fn end(outflow: &mut Outflow<u64>, heard: &Receiver<()>) -> Result<(), String> {
    wait_for(heard, || outflow.ended().cloned())
}

#[test]
fn items_arrive_in_order_and_the_end_behind_them() {
    over_each_backend(|plane| {
        let ((poke, heard), steps) = (pokes(), Arc::new(Semaphore::new(1_000)));
        let (mut outflow, taken) = sink(plane, poke, 7, &steps);
        for number in 0..100 {
            wait_for(&heard, || outflow.offer(number).ok());
        }
        assert_eq!(outflow.ended(), None);
        outflow.finish();
        assert_eq!(end(&mut outflow, &heard), Ok(()));
        assert!(taken.iter().eq(0..100));
    });
}

#[test]
fn a_core_is_refused_while_the_sink_is_behind_and_poked_when_there_is_room() {
    over_each_backend(|plane| {
        let ((poke, heard), steps) = (pokes(), Arc::new(Semaphore::new(0)));
        let (mut outflow, taken) = sink(plane, poke, 4, &steps);
        for number in 0..4 {
            assert_eq!(outflow.offer(number), Ok(()));
        }
        for number in 4..10 {
            assert_eq!(outflow.offer(number), Err(number), "more wait than may");
            assert_eq!(outflow.offer(number), Err(number));
            assert_eq!(heard.try_iter().count(), 0, "there is no room yet");
            steps.add_permits(1);
            heard.recv().unwrap();
            assert_eq!(outflow.offer(number), Ok(()));
            assert_eq!(taken.recv(), Ok(number - 4));
        }
    });
}

#[test]
fn room_that_nobody_was_refused_is_no_poke() {
    over_each_backend(|plane| {
        let ((poke, heard), steps) = (pokes(), Arc::new(Semaphore::new(100)));
        let (mut outflow, taken) = sink(plane, poke, 4, &steps);
        for number in 0..100 {
            assert_eq!(outflow.offer(number), Ok(()));
            assert_eq!(taken.recv(), Ok(number));
        }
        assert_eq!(heard.try_iter().count(), 0);
    });
}

#[test]
fn a_dropped_port_is_finished_and_not_cut_short() {
    over_each_backend(|plane| {
        let ((poke, _heard), steps) = (pokes(), Arc::new(Semaphore::new(0)));
        let (mut outflow, taken) = sink(plane, poke, 4, &steps);
        assert!((0..4).all(|number| outflow.offer(number).is_ok()));
        assert_eq!(outflow.offer(4), Err(4), "it also waits for room when it is dropped");
        drop(outflow);
        steps.add_permits(100);
        assert!(taken.iter().eq(0..4));
    });
}

#[test]
fn a_sink_that_fails_takes_no_more_and_says_why() {
    over_each_backend(|plane| {
        let (poke, heard) = pokes();
        let fail = async |mut items: OutflowReceiver<u64>| {
            items.next().await;
            Err("the disk is full".to_owned())
        };
        let mut outflow = Outflow::open(&plane.handle(), poke, 1, fail).unwrap();
        outflow.offer(0).unwrap();
        // Nobody has asked for the end yet, and it pokes all the same.
        heard.recv().unwrap();
        assert_eq!(end(&mut outflow, &heard), Err("the disk is full".to_owned()));
        assert_eq!(outflow.offer(1), Err(1));
    });
}

#[test]
fn a_core_that_waits_for_room_hears_of_a_panic() {
    over_each_backend(|plane| {
        let ((poke, heard), steps) = (pokes(), Arc::new(Semaphore::new(0)));
        let fall = {
            let steps = Arc::clone(&steps);
            async move |_items: OutflowReceiver<u64>| {
                step(&steps).await;
                panic!("stone broke")
            }
        };
        let mut outflow = Outflow::open(&plane.handle(), poke, 1, fall).unwrap();
        assert_eq!((outflow.offer(0), outflow.offer(1)), (Ok(()), Err(1)));
        steps.add_permits(1);
        assert_eq!(end(&mut outflow, &heard), Err("panicked: stone broke".to_owned()));
        assert_eq!(outflow.offer(1), Err(1));
    });
}

#[test]
fn a_port_whose_plane_has_stopped_says_so() {
    let plane = Plane::start(1, Backend::Std).unwrap();
    let (poke, heard) = pokes();
    let never = async |_items: OutflowReceiver<u64>| pending().await;
    let mut outflow = Outflow::open(&plane.handle(), poke, 1, never).unwrap();
    plane.stop().unwrap();
    assert_eq!(end(&mut outflow, &heard), Err("the I/O plane has stopped".to_owned()));
    assert_eq!(outflow.offer(0), Err(0));
}

#[test]
#[should_panic(expected = "an item is offered behind the end")]
fn an_item_behind_the_end_is_a_bug() {
    let plane = Plane::start(1, Backend::Std).unwrap();
    let (mut outflow, _taken) = sink(&plane, pokes().0, 1, &Arc::new(Semaphore::new(0)));
    outflow.finish();
    let _ = outflow.offer(0);
}
