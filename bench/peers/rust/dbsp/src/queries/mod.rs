//! The circuits, one for each query.

mod by_row;
mod counts;
mod joins;
mod latest;
mod sellers;
mod windows;
mod winners;

use dbsp::RootCircuit;

use crate::feed::Feed;
use crate::sink::Sink;

/// Makes a circuit, and answers with its end.
pub(crate) type Program = fn(&RootCircuit, &Feed) -> Box<dyn Sink>;

/// The circuit of a query, if it has one.
pub(crate) fn program(query: &str) -> Option<Program> {
    let programs: &[(&str, Program)] = &[
        ("q0", by_row::q0),
        ("q1", by_row::q1),
        ("q2", by_row::q2),
        ("q3", joins::q3),
        ("q4", winners::q4),
        ("q5", windows::q5),
        ("q6", sellers::q6),
        ("q7", windows::q7),
        ("q8", joins::q8),
        ("q9", winners::q9),
        ("q14", by_row::q14),
        ("q15", counts::q15),
        ("q16", counts::q16),
        ("q17", counts::q17),
        ("q18", latest::q18),
        ("q19", latest::q19),
        ("q20", joins::q20),
        ("q21", by_row::q21),
        ("q22", by_row::q22),
    ];
    programs.iter().find(|(name, _)| *name == query).map(|(_, program)| *program)
}
