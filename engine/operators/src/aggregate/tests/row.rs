//! Rows of tests, as plain values: their batches, and what a function makes of them, computed one by one.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float64Type, Int32Type, Int64Type, TimestampMillisecondType, UInt16Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringViewArray,
    TimestampMillisecondArray, UInt16Array,
};
use arrow_schema::{DataType, Field};
use memory::{Batch, KeyGroups, RowKind, RowKinds, Selection, hash_key};

use super::drive::Random;
use crate::aggregate::{Aggregate, Function};
use crate::layout::Layout;

/// A row of tests.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) word: Option<String>,
    pub(crate) number: Option<i64>,
    pub(crate) small: i32,
    pub(crate) unsigned: u16,
    pub(crate) ratio: Option<f64>,
    pub(crate) time: i64,
    /// What it says of a changelog; of rows that stay it says nothing.
    pub(crate) kind: RowKind,
}

/// A value of any type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Null,
    Number(i128),
    /// Its bits.
    Float(u64),
    Text(String),
    List(Vec<Self>),
}

/// The columns of a row.
pub(crate) const COLUMNS: usize = 5;

/// Rows with event time, by this key.
pub(crate) fn layout(key: &[usize]) -> Layout {
    let fields = vec![
        Field::new("word", DataType::Utf8View, true),
        Field::new("number", DataType::Int64, true),
        Field::new("small", DataType::Int32, false),
        Field::new("unsigned", DataType::UInt16, false),
        Field::new("ratio", DataType::Float64, true),
    ];
    Layout::of(fields.into()).timed().keyed_by(key.to_vec())
}

/// Columns that are true of some rows, of a layout that has them.
pub(crate) const FILTERS: [usize; 2] = [COLUMNS + 1, COLUMNS + 2];

/// The same with [`FILTERS`] behind its columns.
pub(crate) fn with_filters(layout: &Layout) -> Layout {
    let filters = ["is_positive", "is_even"].map(|name| Arc::new(Field::new(name, DataType::Boolean, true)));
    let fields: Vec<_> = layout.schema().fields().iter().cloned().chain(filters).collect();
    Layout::of(fields.into()).timed_by(COLUMNS).keyed_by(layout.key().to_vec())
}

/// Keys of no column, one of each form, several.
pub(crate) const KEYS: [&[usize]; 6] = [&[], &[0], &[1], &[2], &[0, 2], &[4]];

impl Row {
    pub(crate) fn random(random: &mut Random, time: i64) -> Self {
        let words = ["", "a", "bee", "exactly12byte", "a word that is longer than twelve bytes"];
        Self {
            word: (!random.one_in(6)).then(|| (*random.pick(&words)).to_owned()),
            number: (!random.one_in(5)).then(|| random.between(-3, 3)),
            small: i32::try_from(random.between(-2, 2)).unwrap(),
            unsigned: u16::try_from(random.below(4)).unwrap(),
            ratio: (!random.one_in(4)).then(|| random.between(-3, 3) as f64 * 0.25),
            time,
            kind: RowKind::Insert,
        }
    }

    pub(crate) fn value(&self, column: usize) -> Value {
        match column {
            0 => self.word.clone().map_or(Value::Null, Value::Text),
            1 => self.number.map_or(Value::Null, |number| Value::Number(number.into())),
            2 => Value::Number(self.small.into()),
            3 => Value::Number(self.unsigned.into()),
            4 => self.ratio.map_or(Value::Null, float),
            5 => Value::Number(self.time.into()),
            _ => unreachable!("a row has six columns"),
        }
    }

    /// What a filter says of it.
    fn says(&self, filter: usize) -> Option<bool> {
        match filter {
            filter if filter == FILTERS[0] => Some(self.small > 0),
            _ => self.number.map(|number| number % 2 == 0),
        }
    }

    /// Whether it counts for an aggregate.
    pub(crate) fn counts_for(&self, aggregate: &Aggregate) -> bool {
        aggregate.filter.is_none_or(|filter| self.says(filter) == Some(true))
    }

    pub(crate) fn key(&self, key: &[usize]) -> Vec<Value> {
        key.iter().map(|column| self.value(*column)).collect()
    }
}

/// A float, rounded: what comes and goes in another order may differ in its last bits.
pub(crate) fn float(value: f64) -> Value {
    let steps = f64::from(1 << 30);
    Value::Float(((value * steps).round() / steps + 0.0).to_bits())
}

/// Some aggregates; those that depend on the order of rows only if they may.
pub(crate) fn aggregates(random: &mut Random, ordered: bool) -> Vec<Aggregate> {
    let functions = |random: &mut Random| {
        let (any, number) = (random.below(COLUMNS), 1 + random.below(COLUMNS - 1));
        match random.below(if ordered { 15 } else { 10 }) {
            0 => Function::Count,
            1 => Function::CountOf(any),
            2 => Function::Sum(number),
            3 => Function::Average(number),
            4 => Function::Min(any),
            5 => Function::Max(any),
            6 => Function::VarPop(number),
            7 => Function::VarSamp(number),
            8 => Function::StddevPop(number),
            9 => Function::StddevSamp(number),
            10 => Function::First(any),
            11 => Function::Last(any),
            12 => Function::Collect(any),
            13 => Function::ArrayAgg(any),
            _ => Function::ListAgg(0),
        }
    };
    (0..random.below(4)).map(|number| functions(random).named(format!("a{number}"))).collect()
}

/// The same, some of which look at some rows only, and some at distinct values.
pub(crate) fn aggregates_with_filters(random: &mut Random, ordered: bool) -> Vec<Aggregate> {
    let mut all = aggregates(random, ordered);
    if let Some(first) = all.first().filter(|_| random.one_in(2)) {
        all.push(Aggregate { name: "again".into(), ..first.clone() });
    }
    let own = |aggregate: Aggregate| {
        let aggregate = if random.one_in(2) { aggregate.distinct() } else { aggregate };
        if random.one_in(2) { aggregate.filtered_by(*random.pick(&FILTERS)) } else { aggregate }
    };
    all.into_iter().map(own).collect()
}

/// What a function makes of these rows.
pub(crate) fn evaluate(function: Function, rows: &[&Row]) -> Value {
    let Some(column) = function.column() else { return Value::Number(rows.len() as i128) };
    let values: Vec<Value> =
        rows.iter().map(|row| row.value(column)).filter(|value| *value != Value::Null).collect();
    let floats = || {
        values.iter().map(|value| if let Value::Float(bits) = value { f64::from_bits(*bits) } else { 0.0 })
    };
    let numbers = || values.iter().map(|value| if let Value::Number(number) = value { *number } else { 0 });
    let least = || floats().reduce(f64::min).map_or(Value::Null, float);
    let greatest = || floats().reduce(f64::max).map_or(Value::Null, float);
    let is_float = column == 4;
    let spread = |less: usize| {
        let all: Vec<f64> = if is_float { floats().collect() } else { numbers().map(|n| n as f64).collect() };
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        let squares: f64 = all.iter().map(|value| (value - mean).powi(2)).sum();
        (all.len() > less).then(|| squares / (all.len() - less) as f64)
    };
    match function {
        Function::CountOf(_) => Value::Number(values.len() as i128),
        Function::ArrayAgg(_) if !rows.is_empty() => {
            Value::List(rows.iter().map(|row| row.value(column)).collect())
        }
        _ if values.is_empty() => Value::Null,
        Function::Sum(_) if is_float => float(floats().sum::<f64>() + 0.0),
        Function::Sum(_) => Value::Number(numbers().sum()),
        Function::Average(_) if is_float => float((floats().sum::<f64>() + 0.0) / values.len() as f64),
        Function::Average(_) => float(numbers().sum::<i128>() as f64 / values.len() as f64),
        Function::Min(_) if is_float => least(),
        Function::Max(_) if is_float => greatest(),
        Function::Min(_) => values.iter().min().unwrap().clone(),
        Function::Max(_) => values.iter().max().unwrap().clone(),
        Function::First(_) => values[0].clone(),
        Function::Last(_) => values[values.len() - 1].clone(),
        Function::VarPop(_) => spread(0).map_or(Value::Null, float),
        Function::VarSamp(_) => spread(1).map_or(Value::Null, float),
        Function::StddevPop(_) => spread(0).map_or(Value::Null, |variance| float(variance.sqrt())),
        Function::StddevSamp(_) => spread(1).map_or(Value::Null, |variance| float(variance.sqrt())),
        Function::Collect(_) => Value::List(values),
        Function::ListAgg(_) => {
            let texts =
                values.into_iter().map(|value| if let Value::Text(text) = value { text } else { "".into() });
            Value::Text(texts.collect::<Vec<_>>().join(","))
        }
        Function::Count | Function::ArrayAgg(_) => unreachable!("answered above"),
    }
}

/// These rows as a batch, perhaps with others between them that do not count, perhaps with hashes, perhaps as a part of
/// longer columns.
pub(crate) fn batch(layout: &Layout, rows: &[Row], random: &mut Random) -> Batch {
    let has_others = random.one_in(2);
    let others = if random.one_in(8) { 12 } else { 2 };
    let (mut all, mut selected) = (Vec::new(), Vec::new());
    let other = |random: &mut Random| Row::random(random, 1 << 40);
    for row in rows {
        while has_others && !random.one_in(others) {
            all.push(other(random));
        }
        selected.push(u32::try_from(all.len()).unwrap());
        all.push(row.clone());
    }
    let before = random.below(3);
    let padded: Vec<Row> = (0..before).map(|_| other(random)).chain(all.iter().cloned()).collect();
    let columns = columns(layout, &padded).slice(before, all.len());
    let kinds = layout.has_kinds().then(|| RowKinds::new(all.iter().map(|row| row.kind)));
    let mut batch = Batch::new(columns).with_kinds(kinds);
    if random.one_in(2) {
        let mut hashes = Vec::new();
        hash_key(&layout.key_columns(&batch), all.len(), &mut hashes).unwrap();
        batch = batch.with_hashes(Some(hashes.into()));
    }
    if has_others { batch.with_selection(Selection::new(selected)) } else { batch }
}

fn columns(layout: &Layout, rows: &[Row]) -> RecordBatch {
    let mut columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|row| row.word.as_deref()).collect::<StringViewArray>()),
        Arc::new(rows.iter().map(|row| row.number).collect::<Int64Array>()),
        Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.small))),
        Arc::new(UInt16Array::from_iter_values(rows.iter().map(|row| row.unsigned))),
        Arc::new(rows.iter().map(|row| row.ratio).collect::<Float64Array>()),
        Arc::new(TimestampMillisecondArray::from_iter_values(rows.iter().map(|row| row.time))),
    ];
    for filter in FILTERS.into_iter().filter(|filter| *filter < layout.schema().fields().len()) {
        columns.push(Arc::new(rows.iter().map(|row| row.says(filter)).collect::<BooleanArray>()));
    }
    RecordBatch::try_new(layout.schema().clone(), columns).unwrap()
}

/// The rows of a batch that count, and whether its hashes are those of its first columns.
pub(crate) fn read(batch: &Batch, keys: usize) -> Vec<Vec<Value>> {
    let batch = batch.clone().compact();
    if let Some(hashes) = batch.hashes() {
        let mut expected = Vec::new();
        hash_key(&batch.columns().columns()[..keys], batch.rows(), &mut expected).unwrap();
        assert_eq!(hashes[..], expected[..], "hashes of another key");
    }
    let columns: Vec<Vec<Value>> = batch.columns().columns().iter().map(values).collect();
    (0..batch.rows()).map(|row| columns.iter().map(|column| column[row].clone()).collect()).collect()
}

/// The rows of a batch that count, as [`read`] does, with their kinds.
pub(crate) fn read_changes(batch: &Batch, keys: usize) -> Vec<(RowKind, Vec<Value>)> {
    let compact = batch.clone().compact();
    let kind = |row: usize| compact.kinds().map_or(RowKind::Insert, |kinds| kinds.get(row));
    read(batch, keys).into_iter().enumerate().map(|(row, values)| (kind(row), values)).collect()
}

/// The values of a column.
pub(super) fn values(column: &ArrayRef) -> Vec<Value> {
    macro_rules! numbers {
        ($type:ty) => {
            column
                .as_primitive::<$type>()
                .iter()
                .map(|v| v.map_or(Value::Null, |v| Value::Number(v.into())))
                .collect()
        };
    }
    match column.data_type() {
        DataType::Int32 => numbers!(Int32Type),
        DataType::Int64 => numbers!(Int64Type),
        DataType::UInt16 => numbers!(UInt16Type),
        DataType::UInt64 => numbers!(UInt64Type),
        DataType::Timestamp(..) => numbers!(TimestampMillisecondType),
        DataType::Float64 => {
            column.as_primitive::<Float64Type>().iter().map(|v| v.map_or(Value::Null, float)).collect()
        }
        DataType::Utf8View => {
            column.as_string_view().iter().map(|v| v.map_or(Value::Null, |v| Value::Text(v.into()))).collect()
        }
        DataType::List(_) => {
            let list = |list: Option<ArrayRef>| list.map_or(Value::Null, |list| Value::List(values(&list)));
            column.as_list::<i32>().iter().map(list).collect()
        }
        other => panic!("no test has {other}"),
    }
}

/// Deals rows out to the owners of their keys, and cuts what each gets into batches.
pub(crate) fn deal(
    layout: &Layout,
    rows: &[Row],
    parallelism: usize,
    random: &mut Random,
) -> Vec<(usize, Batch)> {
    let whole = Batch::new(columns(layout, rows));
    let mut hashes = Vec::new();
    hash_key(&layout.key_columns(&whole), rows.len(), &mut hashes).unwrap();
    let groups = KeyGroups::default();
    let mut open: BTreeMap<usize, Vec<Row>> = BTreeMap::new();
    let mut batches = Vec::new();
    for (row, hash) in rows.iter().zip(hashes) {
        let owner = groups.owner(groups.of(hash), u32::try_from(parallelism).unwrap()) as usize;
        let rows = open.entry(owner).or_default();
        rows.push(row.clone());
        if random.one_in(5) {
            batches.push((owner, batch(layout, &std::mem::take(rows), random)));
        }
    }
    batches.extend(open.into_iter().map(|(owner, rows)| (owner, batch(layout, &rows, random))));
    batches
}
