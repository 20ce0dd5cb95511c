//! The programs, one for each query.

mod auctions;
mod by_row;
mod q3;
mod q4;
mod q5;
mod q6;
mod q7;
mod q8;
mod q9;

use crate::job::Program;

/// The program of a query, if it has one.
pub(crate) fn program(query: &str) -> Option<Program> {
    let programs: &[(&str, Program)] = &[
        ("q0", by_row::q0),
        ("q1", by_row::q1),
        ("q2", by_row::q2),
        ("q3", q3::run),
        ("q4", q4::run),
        ("q5", q5::run),
        ("q6", q6::run),
        ("q7", q7::run),
        ("q8", q8::run),
        ("q9", q9::run),
        ("q14", by_row::q14),
        ("q21", by_row::q21),
        ("q22", by_row::q22),
    ];
    programs.iter().find(|(name, _)| *name == query).map(|(_, program)| *program)
}
