//! What functions of text and time cost a row: an expression over a batch of 8192 rows.
//!
//! Dimensions: functions that queries over clicks and logs are full of · texts that are all different, and ones that are short.
//! Every answer is checked against a plain loop first.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, Int32Array, RecordBatch, StringViewArray, TimestampMillisecondArray};
use arrow_schema::{Field, Schema};
use criterion::{Criterion, Throughput};
use expr::{BinaryOp, Expr, Program, function};
use millstream_bench::{Random, run};

const ROWS: usize = 8192;
/// Columns of a batch.
const URL: usize = 0;
const NAME: usize = 1;
const TIME: usize = 2;

fn main() {
    run(|criterion| {
        let batch = batch();
        let (urls, names) = (batch.column(URL).as_string_view(), batch.column(NAME).as_string_view());
        let of = |texts: &StringViewArray, text: fn(&str) -> Option<String>| -> Vec<Option<String>> {
            texts.iter().map(|each| each.and_then(text)).collect()
        };
        let split = call("SPLIT_INDEX", [Expr::Column(URL), text("/"), int(4)]);
        measure(
            criterion,
            "SPLIT_INDEX",
            &batch,
            &split,
            &of(urls, |url| url.split('/').nth(4).map(str::to_owned)),
        );
        let identity = |pattern| call("REGEXP_EXTRACT", [Expr::Column(URL), text(pattern), int(2)]);
        let identities =
            of(urls, |url| url.split_once("&channel_id=").map(|(_, identity)| identity.to_owned()));
        let plain = identity("(&|^)channel_id=([^&]*)");
        measure(criterion, "REGEXP_EXTRACT, plain", &batch, &plain, &identities);
        measure(criterion, "REGEXP_EXTRACT", &batch, &identity("(&|^)channel_id=(\\w*)"), &identities);
        let lower = call("LOWER", [Expr::Column(NAME)]);
        measure(criterion, "LOWER", &batch, &lower, &of(names, |name| Some(name.to_lowercase())));
        let head = call("SUBSTRING", [Expr::Column(URL), int(1), int(20)]);
        measure(criterion, "SUBSTRING", &batch, &head, &of(urls, |url| Some(url[..20].to_owned())));
        let channel = |name: &str| match name.to_lowercase().as_str() {
            "google" => Some("0".to_owned()),
            "apple" => Some("1".to_owned()),
            _ => None,
        };
        let is = |name| Expr::binary(BinaryOp::Equal, lower.clone(), text(name));
        let branches = vec![(is("google"), text("0")), (is("apple"), text("1"))];
        let case = Expr::Case { branches, otherwise: None };
        measure(criterion, "CASE LOWER", &batch, &case, &of(names, channel));
        let day = call("DATE_FORMAT", [Expr::Column(TIME), text("yyyy-MM-dd")]);
        measure(criterion, "DATE_FORMAT, a day", &batch, &day, &vec![Some("2026-11-28".to_owned()); ROWS]);
    });
}

/// Addresses of which none is like another, names of which half are known, milliseconds of a day.
fn batch() -> RecordBatch {
    let mut random = Random::new(21);
    let mut word = |least: usize, most: usize| -> String {
        let length = least + random.below(most - least + 1);
        (0..length).map(|_| char::from(b'a' + u8::try_from(random.below(26)).expect("a letter"))).collect()
    };
    let url = |number: usize| {
        let path = format!("https://www.example.org/{}/{}/{}/item.htm", word(3, 5), word(3, 5), word(3, 14));
        match number % 10 {
            0 => format!("{path}?query={number}"),
            _ => format!("{path}?query=1&channel_id={number}"),
        }
    };
    let urls: ArrayRef = Arc::new(StringViewArray::from_iter_values((0..ROWS).map(url)));
    let name = |number: usize| match number % 4 {
        0 => "Google".to_owned(),
        1 => "Apple".to_owned(),
        _ => format!("channel-{number}"),
    };
    let names: ArrayRef = Arc::new(StringViewArray::from_iter_values((0..ROWS).map(name)));
    // From 2026-11-28 00:00 on.
    let times = (0..ROWS as i64).map(|number| 1_795_824_000_000 + 10_000 * number);
    let times: ArrayRef = Arc::new(TimestampMillisecondArray::from_iter_values(times));
    let columns = [("url", urls), ("name", names), ("time", times)];
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length")
}

fn text(text: &str) -> Expr {
    Expr::Literal(Arc::new(StringViewArray::from(vec![text])))
}

fn int(number: i32) -> Expr {
    Expr::Literal(Arc::new(Int32Array::from(vec![number])))
}

fn call<const N: usize>(name: &str, arguments: [Expr; N]) -> Expr {
    Expr::Call { function: function(name).expect("a function"), arguments: arguments.into() }
}

fn measure(
    criterion: &mut Criterion,
    name: &str,
    batch: &RecordBatch,
    expr: &Expr,
    expected: &[Option<String>],
) {
    let program = Program::compile(expr, batch.schema_ref()).expect("an expression");
    let answer = program.evaluate(batch).expect("values");
    assert!(answer.as_string_view().iter().eq(expected.iter().map(Option::as_deref)), "{name}");
    let mut group = criterion.benchmark_group("expressions");
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function(name, |bench| bench.iter(|| program.evaluate(batch)));
    group.finish();
}
