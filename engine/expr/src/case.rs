//! CASE, and what else looks at some rows only: a result is computed for the rows that want it and for no others, so
//! `CASE WHEN x <> 0 THEN 1 / x END` divides nothing by zero.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, UInt32Array, new_null_array};
use arrow_schema::DataType;
use arrow_select::interleave::interleave;
use arrow_select::take::take_record_batch;

use crate::error::ExprError;
use crate::logic;
use crate::program::Node;
use crate::value::Value;

/// Conditions, and what they lead to.
pub(crate) struct Case {
    pub(crate) branches: Vec<(Node, Node)>,
    pub(crate) otherwise: Option<Node>,
    pub(crate) result: DataType,
}

/// Rows that are still asked about.
struct Rest<'a> {
    batch: &'a RecordBatch,
    /// Their numbers; all of them, if not said.
    rows: Option<Vec<u32>>,
}

impl Rest<'_> {
    fn len(&self) -> usize {
        self.rows.as_ref().map_or(self.batch.num_rows(), Vec::len)
    }

    fn number(&self, place: usize) -> u32 {
        let all = || u32::try_from(place).expect("a batch has fewer than four billion rows");
        self.rows.as_ref().map_or_else(all, |rows| rows[place])
    }

    /// Their columns.
    fn columns(&self) -> Result<RecordBatch, ExprError> {
        match &self.rows {
            None => Ok(self.batch.clone()),
            Some(rows) => Ok(take_record_batch(self.batch, &UInt32Array::from(rows.clone()))?),
        }
    }

    /// Those at which a mask is true, and the others.
    fn split(&self, mask: &BooleanArray) -> (Vec<u32>, Vec<u32>) {
        let (mut hits, mut others) = (Vec::new(), Vec::new());
        for place in 0..self.len() {
            let row = self.number(place);
            if mask.value(place) { hits.push(row) } else { others.push(row) }
        }
        (hits, others)
    }
}

/// Values of some rows, to be put in their places.
struct Pieces {
    arrays: Vec<ArrayRef>,
    /// By row: which array, and where in it.
    places: Vec<(usize, usize)>,
}

impl Pieces {
    /// Everything is null.
    fn new(data_type: &DataType, rows: usize) -> Self {
        Self { arrays: vec![new_null_array(data_type, 1)], places: vec![(0, 0); rows] }
    }

    fn put(&mut self, rows: &[u32], values: Value) {
        let array = self.arrays.len();
        let is_one = matches!(values, Value::One(_));
        for (place, row) in rows.iter().enumerate() {
            self.places[*row as usize] = (array, if is_one { 0 } else { place });
        }
        self.arrays.push(match values {
            Value::Rows(values) => values,
            Value::One(value) => value.into_inner(),
        });
    }

    fn join(self) -> Result<ArrayRef, ExprError> {
        let arrays: Vec<&dyn Array> = self.arrays.iter().map(AsRef::as_ref).collect();
        Ok(interleave(&arrays, &self.places)?)
    }
}

impl Case {
    pub(crate) fn evaluate(&self, batch: &RecordBatch) -> Result<Value, ExprError> {
        let mut rest = Rest { batch, rows: None };
        let mut pieces = Pieces::new(&self.result, batch.num_rows());
        for (condition, result) in &self.branches {
            if rest.len() == 0 {
                break;
            }
            let columns = rest.columns()?;
            let mask = condition.evaluate(&columns)?.into_rows(rest.len())?;
            let mask = logic::certainly(mask.as_boolean());
            match logic::certain(&mask) {
                Some(false) => continue,
                Some(true) if rest.rows.is_none() => return result.evaluate(batch),
                _ => {}
            }
            let (hits, others) = rest.split(&mask);
            let hits = Rest { batch, rows: Some(hits) };
            let values = result.evaluate(&hits.columns()?)?;
            pieces.put(hits.rows.as_deref().unwrap_or_default(), values);
            rest.rows = Some(others);
        }
        if let Some(otherwise) = &self.otherwise
            && rest.len() > 0
        {
            if rest.rows.is_none() {
                return otherwise.evaluate(batch);
            }
            let values = otherwise.evaluate(&rest.columns()?)?;
            pieces.put(rest.rows.as_deref().unwrap_or_default(), values);
        }
        Ok(Value::Rows(pieces.join()?))
    }
}

/// `known AND node` or `known OR node`, where `node` must not be asked about rows that are settled already.
pub(crate) fn of_unsettled(
    known: &BooleanArray,
    settled: bool,
    node: &Node,
    batch: &RecordBatch,
) -> Result<ArrayRef, ExprError> {
    let is_settled = |row: usize| known.is_valid(row) && known.value(row) == settled;
    let open: Vec<u32> =
        (0..).zip(0..known.len()).filter(|(_, row)| !is_settled(*row)).map(|(number, _)| number).collect();
    let mut pieces = Pieces::new(&DataType::Boolean, batch.num_rows());
    let open = Rest { batch, rows: Some(open) };
    if open.len() > 0 {
        let values = node.evaluate(&open.columns()?)?;
        pieces.put(open.rows.as_deref().unwrap_or_default(), values);
    }
    pieces.join()
}
