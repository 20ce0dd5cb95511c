//! CASE, and what else looks at some rows only: a result is computed for the rows that want it and for no others, so
//! `CASE WHEN x <> 0 THEN 1 / x END` divides nothing by zero.
//!
//! What all conditions compare is computed once: `f(x)` of `CASE f(x) WHEN 1 THEN … WHEN 2 THEN … END`.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, UInt32Array, new_null_array};
use arrow_buffer::{BooleanBuffer, BooleanBufferBuilder};
use arrow_schema::{DataType, Field, Schema};
use arrow_select::interleave::interleave;

use crate::error::ExprError;
use crate::logic;
use crate::narrow::Narrow;
use crate::program::{Node, node_of};
use crate::tree::{BinaryOp, Expr};
use crate::value::Value;

/// Conditions, and what they lead to.
pub(crate) struct Case {
    /// What the conditions compare: a column behind those of the batch.
    subject: Option<Node>,
    branches: Vec<(Narrow, Narrow)>,
    otherwise: Narrow,
}

impl Case {
    pub(crate) fn of(
        branches: &[(Expr, Expr)],
        otherwise: Option<&Expr>,
        result: &DataType,
        schema: &Schema,
    ) -> Result<Self, ExprError> {
        let otherwise = match otherwise {
            Some(otherwise) => Narrow::of(otherwise, schema)?,
            None => Narrow::of(&Expr::Literal(new_null_array(result, 1)), schema)?,
        };
        let Some(subject) = subject(branches) else {
            let branch = |(condition, result): &(Expr, Expr)| {
                Ok((Narrow::of(condition, schema)?, Narrow::of(result, schema)?))
            };
            let branches = branches.iter().map(branch).collect::<Result<_, ExprError>>()?;
            return Ok(Self { subject: None, branches, otherwise });
        };
        let wider = wider(schema, subject.data_type(schema)?);
        let branch = |(condition, result): &(Expr, Expr)| {
            let Expr::Binary { op, right, .. } = condition else {
                unreachable!("conditions compare a subject")
            };
            let condition = Expr::binary(*op, Expr::Column(schema.fields().len()), (**right).clone());
            Ok((Narrow::of(&condition, &wider)?, Narrow::of(result, schema)?))
        };
        let branches = branches.iter().map(branch).collect::<Result<_, ExprError>>()?;
        Ok(Self { subject: Some(node_of(subject, schema)?), branches, otherwise })
    }

    pub(crate) fn evaluate(&self, batch: &RecordBatch) -> Result<Value, ExprError> {
        let rows = batch.num_rows();
        let compared = match &self.subject {
            None => batch.clone(),
            Some(subject) => with(batch, subject.evaluate(batch)?.into_rows(rows)?)?,
        };
        let mut rest = Rest { batch: &compared, rows: BooleanBuffer::new_set(rows), count: rows };
        let mut pieces = Pieces::new(rows);
        for (condition, result) in &self.branches {
            if rest.count == 0 {
                break;
            }
            let hits = rest.hits(condition)?;
            match hits.count_set_bits() {
                0 => continue,
                all if all == rows => return result.of_all(batch),
                some => rest.count -= some,
            }
            rest.rows = &rest.rows & &!&hits;
            pieces.put(result, batch, &hits)?;
        }
        if rest.count == rows {
            return self.otherwise.of_all(batch);
        }
        if rest.count > 0 {
            pieces.put(&self.otherwise, batch, &rest.rows)?;
        }
        Ok(Value::Rows(pieces.join()?))
    }
}

/// What is compared in all conditions, if there are several: not a column, which costs nothing.
fn subject(branches: &[(Expr, Expr)]) -> Option<&Expr> {
    let compared = |(condition, _): &'_ (Expr, Expr)| match condition {
        Expr::Binary { op: BinaryOp::Equal, right, .. } => matches!(**right, Expr::Literal(_)),
        _ => false,
    };
    let (Expr::Binary { left: subject, .. }, _) = branches.first().filter(|_| branches.len() > 1)? else {
        return None;
    };
    let is_of = |(condition, _): &(Expr, Expr)| match condition {
        Expr::Binary { left, .. } => left.is_same(subject),
        _ => false,
    };
    let is_column = matches!(**subject, Expr::Column(_) | Expr::Literal(_));
    (!is_column && branches.iter().all(|branch| compared(branch) && is_of(branch))).then_some(subject)
}

/// A schema with a column more.
fn wider(schema: &Schema, data_type: DataType) -> Schema {
    let fields = schema.fields().iter().cloned();
    Schema::new(fields.chain([Arc::new(Field::new("subject", data_type, true))]).collect::<Vec<_>>())
}

fn with(batch: &RecordBatch, column: ArrayRef) -> Result<RecordBatch, ExprError> {
    let schema = wider(batch.schema_ref(), column.data_type().clone());
    let columns = batch.columns().iter().cloned().chain([column]).collect();
    Ok(RecordBatch::try_new(Arc::new(schema), columns)?)
}

/// Rows that are still asked about.
struct Rest<'a> {
    batch: &'a RecordBatch,
    rows: BooleanBuffer,
    count: usize,
}

impl Rest<'_> {
    /// Those of them for which a condition is certainly true.
    fn hits(&self, condition: &Narrow) -> Result<BooleanBuffer, ExprError> {
        let certain = |value: Value, rows: usize| -> Result<BooleanBuffer, ExprError> {
            Ok(logic::certainly(value.into_rows(rows)?.as_boolean()).values().clone())
        };
        let all = self.batch.num_rows();
        if self.count == all {
            return certain(condition.of_all(self.batch)?, all);
        }
        if condition.is_light {
            return Ok(&self.rows & &certain(condition.of_all(self.batch)?, all)?);
        }
        let numbers = UInt32Array::from_iter_values(self.rows.set_indices_u32());
        let hits = certain(condition.of_some(self.batch, &numbers)?, self.count)?;
        let mut rows = BooleanBufferBuilder::new(all);
        rows.append_n(all, false);
        hits.set_indices().for_each(|place| rows.set_bit(numbers.value(place) as usize, true));
        Ok(rows.finish())
    }
}

/// Values of some rows, to be put in their places.
struct Pieces {
    arrays: Vec<ArrayRef>,
    /// By row: which array, and where in it.
    places: Vec<(usize, usize)>,
}

impl Pieces {
    fn new(rows: usize) -> Self {
        Self { arrays: Vec::new(), places: vec![(0, 0); rows] }
    }

    /// What an expression comes to for these rows.
    fn put(&mut self, of: &Narrow, batch: &RecordBatch, rows: &BooleanBuffer) -> Result<(), ExprError> {
        let array = self.arrays.len();
        let value = match of.is_light {
            true => of.of_all(batch)?,
            false => of.of_some(batch, &UInt32Array::from_iter_values(rows.set_indices_u32()))?,
        };
        match (&value, of.is_light) {
            (Value::One(_), _) => rows.set_indices().for_each(|row| self.places[row] = (array, 0)),
            (_, true) => rows.set_indices().for_each(|row| self.places[row] = (array, row)),
            (_, false) => {
                rows.set_indices().enumerate().for_each(|(place, row)| self.places[row] = (array, place))
            }
        }
        self.arrays.push(match value {
            Value::Rows(values) => values,
            Value::One(value) => value.into_inner(),
        });
        Ok(())
    }

    fn join(self) -> Result<ArrayRef, ExprError> {
        let arrays: Vec<&dyn Array> = self.arrays.iter().map(AsRef::as_ref).collect();
        Ok(interleave(&arrays, &self.places)?)
    }
}

/// `known AND node` or `known OR node`, where `node` must not be asked about rows that are settled already: those are false
/// or true anyway.
pub(crate) fn of_unsettled(
    known: &BooleanArray,
    settled: bool,
    node: &Narrow,
    batch: &RecordBatch,
) -> Result<ArrayRef, ExprError> {
    let is_settled = |row: usize| known.is_valid(row) && known.value(row) == settled;
    let open = BooleanBuffer::collect_bool(known.len(), |row| !is_settled(row));
    let mut pieces = Pieces::new(batch.num_rows());
    // Of a row that is settled nothing is known here.
    pieces.arrays.push(new_null_array(&DataType::Boolean, 1));
    if open.count_set_bits() > 0 {
        pieces.put(node, batch, &open)?;
    }
    pieces.join()
}
