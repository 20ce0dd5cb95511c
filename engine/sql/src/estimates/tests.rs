//! What is guessed of plans over tables of which this much is known.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use arrow_schema::{DataType, Field, Schema};
use connect::format::{ColumnStatistics, Format, Statistics};
use datafusion_common::JoinType;
use datafusion_expr::{Expr, LogicalPlan, LogicalPlanBuilder, col, lit};

use super::Estimates;
use crate::connector::{Connector, FilesTable};
use crate::files::{Files, Listed, Look, Seen};
use crate::table::Table;

/// Nobody looks at a file.
struct NoFiles;

impl Files for NoFiles {
    fn zone(&self) -> expr::Zone {
        expr::Zone::UTC
    }

    fn sample(&self, _path: &str, _look: Look) -> Result<Seen, String> {
        Err("there is none".to_owned())
    }

    fn bytes(&self, _path: &str) -> Option<u64> {
        None
    }

    fn now_ms(&self) -> i64 {
        0
    }

    fn unique(&self) -> String {
        String::new()
    }

    fn list(&self, _directory: &str) -> Result<Vec<Listed>, String> {
        Err("there is none".to_owned())
    }

    fn read(&self, _path: &str) -> Result<Option<String>, String> {
        Ok(None)
    }

    fn write(&self, _path: &str, _text: &str) -> Result<(), String> {
        Err("it keeps nothing".to_owned())
    }

    fn remove(&self, _path: &str) -> Result<(), String> {
        Err("there is none".to_owned())
    }

    fn make_directory(&self, _path: &str) -> Result<(), String> {
        Err("it keeps nothing".to_owned())
    }
}

/// A table of so many rows, whose columns are whole numbers with so many values from 0 on, or of which nothing is known.
type Known<'a> = (&'a str, f64, &'a [(&'a str, Option<f64>)]);

fn estimates(tables: &[Known<'_>]) -> Estimates {
    let statistics = |(name, rows, columns): &Known<'_>| {
        let of = |distinct: f64| ColumnStatistics {
            range: Some((0.0, distinct - 1.0)),
            nulls: Some(0.0),
            distinct: Some(distinct),
        };
        let known =
            columns.iter().filter_map(|(name, distinct)| Some(((*name).to_owned(), of((*distinct)?))));
        let statistics = Statistics { rows: *rows, columns: known.collect() };
        (PathBuf::from(name), Some(Arc::new(statistics)))
    };
    let tables: BTreeMap<_, _> = tables.iter().map(statistics).collect();
    Estimates { files: Arc::new(NoFiles), tables: Mutex::new(tables) }
}

fn scan((name, _, columns): &Known<'_>) -> LogicalPlanBuilder {
    let fields = columns.iter().map(|(name, _)| Field::new(*name, DataType::Int64, true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let table = Table::of(schema, Connector::Files(FilesTable::at((*name).into(), Format::Parquet)));
    LogicalPlanBuilder::scan(*name, Arc::new(table), None).unwrap()
}

fn guessed(tables: &[Known<'_>], plan: &LogicalPlan) -> Option<f64> {
    estimates(tables).rows(plan).map(f64::round)
}

const NUMBERS: Known<'_> = ("t", 1000.0, &[("n", Some(100.0)), ("x", None)]);

fn left_by(condition: Expr) -> Option<f64> {
    guessed(&[NUMBERS], &scan(&NUMBERS).filter(condition).unwrap().build().unwrap())
}

#[test]
fn conditions_leave_their_part_of_a_range() {
    let (n, x) = (|| col("n"), || col("x"));
    assert_eq!(left_by(n().eq(lit(7_i64))), Some(10.0));
    assert_eq!(left_by(n().not_eq(lit(7_i64))), Some(990.0));
    assert_eq!(left_by(n().lt(lit(33_i64))), Some(333.0));
    assert_eq!(left_by(lit(33_i64).gt(n())), Some(333.0));
    assert_eq!(left_by(n().gt_eq(lit(33_i64)).and(n().lt(lit(66_i64)))), Some(333.0), "one interval");
    assert_eq!(left_by(n().between(lit(33_i64), lit(66_i64))), Some(333.0));
    assert_eq!(left_by(n().gt(lit(500_i64))), Some(1.0), "there is none, but that is a guess");
    assert_eq!(left_by(n().in_list(vec![lit(1_i64), lit(2_i64)], false)), Some(20.0));
    assert_eq!(left_by(n().is_null()), Some(1.0));
    assert_eq!(left_by(n().eq(lit(7_i64)).or(n().eq(lit(8_i64)))), Some(20.0));
    assert_eq!(left_by(x().eq(lit(7_i64))), Some(100.0), "a tenth, if nothing is known");
    assert_eq!(left_by(x().lt(lit(7_i64))), Some(333.0));
    assert_eq!(left_by(n().eq(lit(7_i64)).and(x().eq(lit(7_i64)))), Some(1.0));
}

#[test]
fn groups_are_no_more_than_values_or_rows() {
    let groups = |keys: Vec<Expr>| {
        let none: Vec<Expr> = Vec::new();
        guessed(&[NUMBERS], &scan(&NUMBERS).aggregate(keys, none).unwrap().build().unwrap())
    };
    assert_eq!(groups(vec![col("n")]), Some(100.0));
    assert_eq!(groups(vec![col("x")]), Some(100.0), "a tenth of the rows, if nothing is known");
    let few = scan(&NUMBERS).filter(col("n").eq(lit(7_i64))).unwrap();
    let few = few.aggregate(vec![col("n")], Vec::<Expr>::new()).unwrap().build().unwrap();
    assert_eq!(guessed(&[NUMBERS], &few), Some(10.0));
}

const LINES: Known<'_> =
    ("lines", 6e6, &[("l_order", Some(6e6)), ("l_part", Some(2e5)), ("l_supplier", Some(1e4))]);
const ORDERS: Known<'_> = ("orders", 15e5, &[("o_order", Some(15e5))]);
const OFFERS: Known<'_> = ("offers", 8e5, &[("p_part", Some(2e5)), ("p_supplier", Some(1e4))]);

fn joined(right: &Known<'_>, kind: JoinType, on: (Vec<&str>, Vec<&str>)) -> Option<f64> {
    let plan = scan(&LINES).join(scan(right).build().unwrap(), kind, on, None).unwrap();
    guessed(&[LINES, *right], &plan.build().unwrap())
}

#[test]
fn a_row_that_refers_to_a_key_has_one_partner() {
    // The numbers of orders have gaps: lines have room for six million of them, and yet each is of an order.
    assert_eq!(joined(&ORDERS, JoinType::Inner, (vec!["l_order"], vec!["o_order"])), Some(6e6));
    let two = (vec!["l_part", "l_supplier"], vec!["p_part", "p_supplier"]);
    assert_eq!(joined(&OFFERS, JoinType::Inner, two), Some(6e6), "a key of two parts is a key");
    assert_eq!(joined(&OFFERS, JoinType::Inner, (vec!["l_part"], vec!["p_part"])), Some(24e6));
}

#[test]
fn semi_joins_leave_what_has_a_partner() {
    let of_part = || (vec!["l_part"], vec!["p_part"]);
    assert_eq!(joined(&OFFERS, JoinType::LeftSemi, of_part()), Some(6e6));
    assert_eq!(joined(&OFFERS, JoinType::LeftAnti, of_part()), Some(6e5), "a tenth at least");
    let few: Known<'_> = ("few", 2e3, &[("part", Some(2e5))]);
    assert_eq!(joined(&few, JoinType::LeftSemi, (vec!["l_part"], vec!["part"])), Some(6e4));
}

#[test]
fn nobody_knows_what_no_table_says() {
    let plan = scan(&NUMBERS).build().unwrap();
    assert_eq!(guessed(&[], &plan), None);
    assert!(estimates(&[]).written(&plan).ends_with("nobody knows how many rows"));
}
