//! A job that is drained reads nothing else, and what it has read comes to its end.
#![allow(clippy::unwrap_used, reason = "a test falls where it stands")]

use millstream::prelude::*;

/// A stream without end, of which all that came before is there, and nothing is missing in between.
#[test]
fn what_was_read_comes_to_its_end() {
    let env = Environment::new();
    env.set("taskmanager.memory.process.size=256mb").unwrap();
    env.parallelism(1).mode(RuntimeMode::Streaming);
    let numbers = env.generate("Source: Numbers", None, Some(20_000), |number| number);
    let mut collected = numbers.map(|number| number + 1).execute_and_collect("drained").unwrap();
    let mut seen = vec![collected.next().unwrap().unwrap()];
    collected.job().unwrap().drain();
    // Asked twice is asked once.
    collected.job().unwrap().drain();
    for number in collected {
        seen.push(number.unwrap());
    }
    let all: Vec<u64> = (1..=seen.len() as u64).collect();
    assert_eq!(seen, all);
}
