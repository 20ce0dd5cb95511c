//! The items of TPC-H's orders by the day on which they were shipped: all sixteen columns, behind a key of 2,500 days.
//!
//! Items of one day may come in any order, so what is right is known without a sort: the rows of the file, each as often, with days
//! that never fall.

use std::fs::File;
use std::path::Path;

use arrow_array::ArrayRef;
use arrow_array::cast::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::bench::answer::{Answer, Likeness, Sum};
use crate::run::CliError;
use crate::show::as_text;

/// The one table, as its file is named.
pub(super) const TABLES: [&str; 1] = ["lineitem"];
pub(super) const LIKENESS: Likeness = Likeness::Rising;
/// The day first, for that is what must not fall; the others in their order.
const COLUMNS: [&str; 16] = [
    "l_shipdate",
    "l_orderkey",
    "l_partkey",
    "l_suppkey",
    "l_linenumber",
    "l_quantity",
    "l_extendedprice",
    "l_discount",
    "l_tax",
    "l_returnflag",
    "l_linestatus",
    "l_commitdate",
    "l_receiptdate",
    "l_shipinstruct",
    "l_shipmode",
    "l_comment",
];

pub(super) fn query() -> String {
    format!("SELECT {} FROM lineitem ORDER BY l_shipdate", COLUMNS.join(", "))
}

/// How many rows there are, and the sum of what they are: the file is read as it lies there.
pub(super) fn sorted(folder: &Path) -> Result<Sum, CliError> {
    let path = folder.join("lineitem.parquet");
    let failed = |error: &dyn std::fmt::Display| CliError::Bench(format!("{}: {error}", path.display()));
    #[expect(clippy::disallowed_methods, reason = "no job runs here, so there is no host to ask")]
    let file = File::open(&path).map_err(|error| failed(&error))?;
    let rows = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build());
    let mut answer = Answer::new(Likeness::Same, false);
    for batch in rows.map_err(|error| failed(&error))? {
        let batch = batch.map_err(|error| failed(&error))?;
        let column = |name: &&str| -> Result<ArrayRef, CliError> {
            let column =
                batch.column_by_name(name).ok_or_else(|| failed(&format!("it has no column {name}")))?;
            as_text(column).map_err(|error| failed(&error))
        };
        let columns = COLUMNS.iter().map(column).collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            answer.row(columns.iter().map(|column| column.as_string_view().value(row)), true);
        }
    }
    Ok(answer.sum())
}
