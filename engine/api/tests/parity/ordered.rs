//! Rows in order, the first ones, and each once.

use std::collections::BTreeSet;

use millstream::prelude::*;

use crate::events::{Reading, readings};
use crate::matrix::{Final, check};

fn line(reading: &Reading) -> String {
    format!("{} {}", reading.degrees, reading.number)
}

fn sorted() -> Vec<Reading> {
    let mut sorted = readings(400);
    sorted.sort_by_key(|reading| (-reading.degrees, reading.number));
    sorted
}

#[test]
fn all_rows_in_order() {
    let program = |env: &Environment| {
        let by = [descending("degrees"), ascending("number")];
        env.collection(readings(400))
            .rebalance()
            .sort(&by)
            .map(|reading: Reading| line(&reading))
            .parallelism(1)
    };
    check(program, Final::Ordered, sorted().iter().map(line));
}

#[test]
fn the_first_rows_of_an_order() {
    let program = |env: &Environment| {
        let by = [descending("degrees"), ascending("number")];
        env.collection(readings(400))
            .rebalance()
            .top_n(&by, 25)
            .map(|reading: Reading| line(&reading))
            .parallelism(1)
    };
    check(program, Final::Ordered, sorted()[..25].iter().map(line));
}

#[test]
fn so_many_rows_whichever() {
    let program =
        |env: &Environment| env.collection(readings(400)).limit(33).map(|_: Reading| "row".to_owned());
    check(program, Final::Rows, vec!["row".to_owned(); 33]);
}

#[test]
fn each_row_once() {
    let sensors: BTreeSet<String> = readings(400).into_iter().map(|reading| reading.sensor).collect();
    let program =
        |env: &Environment| env.collection(readings(400)).map(|reading: Reading| reading.sensor).distinct();
    check(program, Final::Rows, sensors);
}
