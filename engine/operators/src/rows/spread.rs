//! Elements of arrays and maps as rows, beside the rows that have them: for [`FlatMapColumns`](super::FlatMapColumns).

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, Int32Array, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{DataType, SchemaRef};
use arrow_select::take::take;
use runtime::subtask::Failure;

use super::flat_map_columns::Expanded;

/// Elements, each with its row.
pub struct Spread {
    /// The row of each.
    origins: Vec<u32>,
    /// Its place among all elements; nothing for a row that has none.
    elements: UInt32Array,
    /// Its number in its row.
    numbers: Int32Array,
    /// The columns of all elements.
    columns: Vec<ArrayRef>,
}

impl Spread {
    /// The elements of a column of arrays or maps. A row that has none is there with nulls, if all rows are to be kept.
    ///
    /// # Errors
    ///
    /// If fields cannot be taken out of rows.
    ///
    /// # Panics
    ///
    /// If they are neither arrays nor maps.
    pub fn of(of: &ArrayRef, keeps_all: bool) -> Result<Self, Failure> {
        let (offsets, columns): (&OffsetBuffer<i32>, Vec<ArrayRef>) = match of.data_type() {
            DataType::Map(..) => {
                let map = of.as_map();
                (map.offsets(), map.entries().columns().to_vec())
            }
            _ => {
                let list = of.as_list::<i32>();
                (list.offsets(), fields_of_rows(list.values())?)
            }
        };
        let (mut origins, mut elements, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
        for row in 0..of.len() {
            let origin = u32::try_from(row).expect("a batch has fewer than four billion rows");
            let range = if of.is_null(row) { 0..0 } else { offsets[row]..offsets[row + 1] };
            if range.is_empty() && keeps_all {
                origins.push(origin);
                elements.push(None);
                numbers.push(None);
            }
            for (number, element) in (1..).zip(range) {
                origins.push(origin);
                elements.push(Some(element.cast_unsigned()));
                numbers.push(Some(number));
            }
        }
        Ok(Self { origins, elements: elements.into(), numbers: numbers.into(), columns })
    }

    /// The columns of the rows, then those of the elements, then their numbers in their rows, from 1, if they are wanted.
    ///
    /// # Errors
    ///
    /// If these are not the columns of the schema.
    pub fn beside(
        self,
        rows: &RecordBatch,
        is_numbered: bool,
        schema: &SchemaRef,
    ) -> Result<Expanded, Failure> {
        let origins = UInt32Array::from(self.origins);
        let of_rows = rows.columns().iter().map(|column| take(column, &origins, None));
        let of_elements = self.columns.iter().map(|column| take(column, &self.elements, None));
        let columns = of_rows.chain(of_elements).collect::<Result<Vec<_>, _>>().map_err(Failure::lasting)?;
        let number = is_numbered.then(|| Arc::new(self.numbers) as ArrayRef);
        let columns = columns.into_iter().chain(number).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(origins.len()));
        let rows = RecordBatch::try_new_with_options(schema.clone(), columns, &options);
        Ok(Expanded { rows: rows.map_err(Failure::lasting)?, origins })
    }
}

/// The fields of rows, which are null where a row is; or the values themselves.
fn fields_of_rows(values: &ArrayRef) -> Result<Vec<ArrayRef>, Failure> {
    let Some(rows) = values.as_struct_opt() else { return Ok(vec![values.clone()]) };
    if rows.null_count() == 0 {
        return Ok(rows.columns().to_vec());
    }
    let place = |row: usize| rows.is_valid(row).then(|| u32::try_from(row).expect("fewer than four billion"));
    let places: UInt32Array = (0..rows.len()).map(place).collect();
    rows.columns().iter().map(|column| take(column, &places, None).map_err(Failure::lasting)).collect()
}

#[cfg(test)]
mod tests {
    use arrow_array::builder::{Int64Builder, ListBuilder};
    use arrow_array::types::Int64Type;
    use arrow_array::{Int64Array, record_batch};
    use arrow_schema::{Field, Schema};

    use super::*;

    fn spread(keeps_all: bool) -> Expanded {
        let mut lists = ListBuilder::new(Int64Builder::new());
        for list in [Some(vec![Some(1)]), Some(vec![Some(5), None]), None, Some(vec![]), Some(vec![Some(7)])]
        {
            lists.append_option(list);
        }
        let of: ArrayRef = Arc::new(lists.finish());
        // A part of a column has offsets that do not begin at none.
        let of = of.slice(1, 4);
        let rows = record_batch!(("id", Int64, [1, 2, 3, 4])).unwrap();
        let fields = [("id", DataType::Int64), ("value", DataType::Int64), ("number", DataType::Int32)];
        let schema = Schema::new(fields.map(|(name, of)| Field::new(name, of, true)).to_vec());
        Spread::of(&of, keeps_all).unwrap().beside(&rows, true, &Arc::new(schema)).unwrap()
    }

    #[test]
    fn each_element_stands_beside_its_row() {
        let Expanded { rows, origins } = spread(false);
        assert_eq!(rows.column(0).as_primitive::<Int64Type>(), &Int64Array::from(vec![1, 1, 4]));
        let values = Int64Array::from(vec![Some(5), None, Some(7)]);
        assert_eq!(rows.column(1).as_primitive::<Int64Type>(), &values);
        assert_eq!(rows.column(2).as_ref(), &Int32Array::from(vec![1, 2, 1]) as &dyn Array);
        assert_eq!(origins, UInt32Array::from(vec![0, 0, 3]));
    }

    #[test]
    fn a_row_without_elements_is_kept_where_that_is_wanted() {
        let Expanded { rows, origins } = spread(true);
        assert_eq!(origins, UInt32Array::from(vec![0, 0, 1, 2, 3]));
        let values = Int64Array::from(vec![Some(5), None, None, None, Some(7)]);
        assert_eq!(rows.column(1).as_primitive::<Int64Type>(), &values);
        let numbers = Int32Array::from(vec![Some(1), Some(2), None, None, Some(1)]);
        assert_eq!(rows.column(2).as_ref(), &numbers as &dyn Array);
    }
}
