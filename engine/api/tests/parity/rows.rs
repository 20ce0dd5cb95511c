//! Row by row: maps, filters, projections, side outputs, unions, and every way to deal rows out.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{BooleanArray, Int64Array, RecordBatch};
use millstream::prelude::*;

use crate::events::{Reading, readings};
use crate::matrix::{Final, check};

#[test]
fn rows_are_mapped_filtered_and_multiplied() {
    let expected = readings(500)
        .into_iter()
        .filter(|reading| reading.degrees > 0)
        .flat_map(|reading| (0..reading.degrees % 3).map(move |copy| format!("{} {copy}", reading.number)));
    check(
        |env| {
            env.collection(readings(500))
                .filter(|reading| reading.degrees > 0)
                .map(|reading: Reading| (reading.number, reading.degrees % 3))
                .rebalance()
                .flat_map(|(number, copies): (i64, i64), lines: &mut Collector<String>| {
                    (0..copies).for_each(|copy| lines.emit(format!("{number} {copy}")));
                })
        },
        Final::Rows,
        expected,
    );
}

#[test]
fn functions_of_columns_do_what_functions_of_rows_do() {
    let kept = readings(300).into_iter().filter(|reading| reading.degrees % 2 == 0);
    check(
        |env| {
            let degrees = |batch: &RecordBatch| batch.column(0).as_primitive::<Int64Type>().clone();
            env.collection(readings(300))
                .project::<(i64, i64)>(&["degrees", "number"])
                .filter_columns(move |batch| {
                    Ok(BooleanArray::from_iter(
                        degrees(batch).values().iter().map(|degrees| Some(degrees % 2 == 0)),
                    ))
                })
                .rescale()
                .map_columns::<i64>(move |batch| {
                    let doubled: Int64Array = degrees(batch).unary(|degrees| degrees * 2);
                    let schema = millstream::record::schema_of::<i64>();
                    RecordBatch::try_new(schema, vec![Arc::new(doubled)]).map_err(Failure::lasting)
                })
                .map(|doubled| doubled.to_string())
        },
        Final::Rows,
        kept.map(|reading| (reading.degrees * 2).to_string()),
    );
}

#[test]
fn side_outputs_and_unions_bring_every_row_once() {
    const COLD: OutputTag<(i64, i64)> = OutputTag::new("cold");
    let line = |reading: &Reading| match reading.degrees < 0 {
        true => format!("cold {} {}", reading.number, reading.degrees),
        false => format!("warm {}", reading.number),
    };
    check(
        |env| {
            let warm =
                env.collection(readings(400)).process(|reading: Reading, out: &mut Collector<String>| {
                    if reading.degrees < 0 {
                        out.emit_side(&COLD, (reading.number, reading.degrees));
                    } else {
                        out.emit(format!("warm {}", reading.number));
                    }
                });
            let cold = warm.side_output(&COLD).shuffle();
            warm.union(&[&cold.map(|(number, degrees)| format!("cold {number} {degrees}"))])
        },
        Final::Rows,
        readings(400).iter().map(line),
    );
}

#[test]
fn every_way_to_deal_rows_out_brings_every_row_as_often_as_it_says() {
    let lines = |copies: usize| {
        readings(200).into_iter().flat_map(move |reading| vec![reading.number.to_string(); copies])
    };
    let number = |reading: Reading| reading.number.to_string();
    check(|env| env.collection(readings(200)).rebalance().map(number), Final::Rows, lines(1));
    check(|env| env.collection(readings(200)).rescale().map(number), Final::Rows, lines(1));
    check(|env| env.collection(readings(200)).shuffle().map(number), Final::Rows, lines(1));
    check(|env| env.collection(readings(200)).global().map(number), Final::Rows, lines(1));
    let custom = |env: &Environment| {
        let custom =
            env.collection(readings(200)).partition_custom("by degrees", |reading: &Reading, subtasks| {
                reading.degrees.unsigned_abs().try_into().unwrap_or(0) % subtasks
            });
        custom.map(number)
    };
    check(custom, Final::Rows, lines(1));
    // The one that copies: to two subtasks, whatever the parallelism of the others.
    check(|env| env.collection(readings(200)).broadcast().map(number).parallelism(2), Final::Rows, lines(2));
}
