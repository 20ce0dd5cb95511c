//! The bytes of files: the text of text, and what a reader of Arrow's finds in the others.

use std::sync::Arc;

use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow_array::builder::{ListBuilder, StringViewBuilder};
use arrow_array::{Int64Array, StringViewArray, TimestampMillisecondArray, record_batch};
use arrow_schema::DataType;

use super::super::spec::{AvroCodec, AvroStyle, Compression, JsonStyle, ParquetStyle};
use super::*;
use crate::format::CsvOptions;
use crate::trial::number_rows;

/// The whole file, with its bytes taken after each batch.
fn bytes(encoding: &Encoding, batches: &[RecordBatch]) -> Vec<u8> {
    let mut encoder = encoder(encoding, &batches[0].schema()).unwrap();
    let mut bytes = Vec::new();
    for batch in batches {
        encoder.encode(batch).unwrap();
        bytes.append(encoder.ready());
    }
    encoder.finish().unwrap();
    bytes.append(encoder.ready());
    assert_eq!(encoder.held_bytes(), 0);
    bytes
}

fn text(encoding: &Encoding, batches: &[RecordBatch]) -> String {
    String::from_utf8(bytes(encoding, batches)).unwrap()
}

#[test]
fn instants_are_written_as_flink_reads_them() {
    let times = |zone: &str| {
        let times =
            TimestampMillisecondArray::from(vec![1_767_225_600_000, 1_767_225_600_250]).with_timezone(zone);
        RecordBatch::try_from_iter([("at", Arc::new(times) as ArrayRef)]).unwrap()
    };
    let csv = Encoding::Csv(CsvOptions { header: false, ..CsvOptions::default() });
    assert_eq!(text(&csv, &[times("UTC")]), "2026-01-01 00:00:00Z\n2026-01-01 00:00:00.250Z\n");
    assert_eq!(text(&csv, &[times("+02:00")]), "2026-01-01 02:00:00+02:00\n2026-01-01 02:00:00.250+02:00\n");
    let json = Encoding::Json(JsonStyle::default());
    let objects = "{\"at\":\"2026-01-01 00:00:00Z\"}\n{\"at\":\"2026-01-01 00:00:00.250Z\"}\n";
    assert_eq!(text(&json, &[times("UTC")]), objects);
    let iso = Encoding::Json(JsonStyle { iso_times: true, ..JsonStyle::default() });
    assert_eq!(text(&iso, &[times("UTC")]), objects.replace(' ', "T"));
}

fn rows() -> RecordBatch {
    let times = TimestampMillisecondArray::from(vec![Some(1_767_225_600_000), Some(1_767_225_600_250), None]);
    let columns: [(&str, ArrayRef); 3] = [
        ("n", Arc::new(Int64Array::from(vec![Some(1), None, Some(-3)]))),
        ("text", Arc::new(StringViewArray::from(vec![Some("a;b"), Some("say \"hi\"\nho"), None]))),
        ("at", Arc::new(times)),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

#[test]
fn csv_has_its_marks() {
    let plain = "1,a;b,2026-01-01 00:00:00\n,\"say \"\"hi\"\"\nho\",2026-01-01 00:00:00.250\n-3,,\n";
    assert_eq!(text(&Encoding::Csv(CsvOptions::default()), &[rows()]), plain);
    let options = CsvOptions {
        delimiter: b';',
        quote: b'\'',
        null_literal: Some("NULL".into()),
        ..CsvOptions::default()
    };
    let text_of = text(&Encoding::Csv(options.header(true)), &[rows().slice(0, 1), rows().slice(2, 1)]);
    assert_eq!(text_of, "n;text;at\n1;'a;b';2026-01-01 00:00:00\n-3;NULL;NULL\n");
    let escaped = CsvOptions { escape: Some(b'\\'), ..CsvOptions::default() };
    let text_of =
        text(&Encoding::Csv(escaped), &[record_batch!(("text", Utf8, ["\"hi\", she said"])).unwrap()]);
    assert_eq!(text_of, "\"\\\"hi\\\", she said\"\n");
}

#[test]
fn csv_without_rows_has_its_header() {
    let encoding = Encoding::Csv(CsvOptions::default().header(true));
    assert_eq!(text(&encoding, &[RecordBatch::new_empty(rows().schema())]), "n,text,at\n");
}

#[test]
fn json_is_an_object_a_line() {
    let nulls = "{\"n\":1,\"text\":\"a;b\",\"at\":\"2026-01-01 00:00:00\"}\n\
                 {\"n\":null,\"text\":\"say \\\"hi\\\"\\nho\",\"at\":\"2026-01-01 00:00:00.250\"}\n\
                 {\"n\":-3,\"text\":null,\"at\":null}\n";
    assert_eq!(text(&Encoding::Json(JsonStyle::default()), &[rows()]), nulls);
    let left_out = Encoding::Json(JsonStyle { leave_out_nulls: true, ..JsonStyle::default() });
    assert!(text(&left_out, &[rows()]).ends_with("\n{\"n\":-3}\n"));
    assert_eq!(text(&left_out, &[RecordBatch::new_empty(rows().schema())]), "");
}

#[test]
fn lines_are_texts_in_any_layout() {
    for batch in [
        record_batch!(("line", Utf8, [Some("a, b"), None, Some("ö")])),
        record_batch!(("line", LargeUtf8, [Some("a, b"), None, Some("ö")])),
        record_batch!(("line", Utf8View, [Some("a, b"), None, Some("ö")])),
    ] {
        assert_eq!(text(&Encoding::Lines, &[batch.unwrap()]), "a, b\n\nö\n");
    }
}

#[test]
fn an_arrow_file_of_few_rows_of_a_long_batch_is_short() {
    let long = number_rows(0..100_000);
    let batches: Vec<RecordBatch> = (0..10).map(|part| long.slice(part * 10_000, 10)).collect();
    let file = bytes(&Encoding::Arrow, &batches);
    assert!(file.len() < 20_000, "{} bytes", file.len());
    let reader = arrow_ipc::reader::FileReader::try_new(std::io::Cursor::new(file), None).unwrap();
    assert_eq!(reader.map(Result::unwrap).collect::<Vec<_>>(), batches);
}

#[test]
fn row_groups_have_the_size_and_compression_that_was_asked_for() {
    let codecs = [
        (Compression::None, "UNCOMPRESSED"),
        (Compression::Snappy, "SNAPPY"),
        (Compression::Lz4, "LZ4_RAW"),
        (Compression::Zstd, "ZSTD(ZstdLevel(1))"),
    ];
    for (compression, name) in codecs {
        let style = ParquetStyle { compression, row_group_rows: 1000, ..ParquetStyle::default() };
        let batches: Vec<RecordBatch> =
            (0..5).map(|part| number_rows(part * 700..(part + 1) * 700)).collect();
        let file = bytes(&Encoding::Parquet(style), &batches);
        let reader = ParquetRecordBatchReaderBuilder::try_new(::bytes::Bytes::from(file)).unwrap();
        let groups = reader.metadata().row_groups();
        assert_eq!(groups.iter().map(|group| group.num_rows()).collect::<Vec<_>>(), [1000, 1000, 1000, 500]);
        assert!(format!("{:?}", groups[0].column(1).compression()).starts_with(name));
        let rows: usize = reader.build().unwrap().map(|rows| rows.unwrap().num_rows()).sum();
        assert_eq!(rows, 3500);
    }
    let style = ParquetStyle { row_group_bytes: 20_000, ..ParquetStyle::default() };
    let file = bytes(&Encoding::Parquet(style), &[number_rows(0..10_000), number_rows(10_000..20_000)]);
    let reader = ParquetRecordBatchReaderBuilder::try_new(::bytes::Bytes::from(file)).unwrap();
    assert!(reader.metadata().num_row_groups() > 1);
}

/// What a reader of Arrow's finds in an Avro file.
fn avro_rows(file: Vec<u8>) -> Vec<RecordBatch> {
    let reader = arrow_avro::reader::ReaderBuilder::new().with_batch_size(1 << 20);
    reader.build(std::io::Cursor::new(file)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn avro_has_the_codec_that_was_asked_for_and_blocks_of_some_size() {
    use arrow_avro::reader::read_header_info;
    let codecs = [
        (AvroCodec::Null, None),
        (AvroCodec::Deflate, Some("Deflate")),
        (AvroCodec::Snappy, Some("Snappy")),
        (AvroCodec::Zstandard, Some("ZStandard")),
    ];
    for (codec, name) in codecs {
        // One row at a time and many at once: as many blocks as the bytes are worth.
        let batches: Vec<RecordBatch> = (0..2000).map(|row| number_rows(row..row + 1)).collect();
        let batches = batches.into_iter().chain([number_rows(2000..50_000)]).collect::<Vec<_>>();
        let file = bytes(&Encoding::Avro(AvroStyle { codec }), &batches);
        let header = read_header_info(&*file).unwrap();
        assert_eq!(header.compression().unwrap().map(|codec| format!("{codec:?}")).as_deref(), name);
        let blocks = memchr::memmem::find_iter(&file, &header.sync()).count() - 1;
        assert!((2..10).contains(&blocks), "{blocks} blocks");
        let rows = avro_rows(file);
        let rows = arrow_select::concat::concat_batches(&rows[0].schema(), &rows).unwrap();
        assert_eq!(rows.column(0), number_rows(0..50_000).column(0));
        let texts = arrow_cast::cast(rows.column(1), &DataType::Utf8View).unwrap();
        assert_eq!(&texts, number_rows(0..50_000).column(1));
    }
}

#[test]
fn avro_has_the_types_that_flink_makes_of_those_of_sql() {
    use arrow_array::{
        BooleanArray, Date32Array, Decimal128Array, Float32Array, Int8Array, Time32MillisecondArray,
        TimestampMicrosecondArray,
    };
    let decimal = Decimal128Array::from(vec![123]).with_precision_and_scale(10, 2).unwrap();
    let instant = TimestampMillisecondArray::from(vec![1]).with_timezone("UTC");
    let columns: [(&str, ArrayRef, &str); 9] = [
        ("yes", Arc::new(BooleanArray::from(vec![true])), r#""boolean""#),
        ("tiny", Arc::new(Int8Array::from(vec![1])), r#""int""#),
        ("long", Arc::new(Int64Array::from(vec![1])), r#""long""#),
        ("part", Arc::new(Float32Array::from(vec![1.0])), r#""float""#),
        ("price", Arc::new(decimal), r#"{"logicalType":"decimal","precision":10,"scale":2,"type":"bytes"}"#),
        ("day", Arc::new(Date32Array::from(vec![1])), r#"{"logicalType":"date","type":"int"}"#),
        (
            "hour",
            Arc::new(Time32MillisecondArray::from(vec![1])),
            r#"{"logicalType":"time-millis","type":"int"}"#,
        ),
        (
            "at",
            Arc::new(TimestampMicrosecondArray::from(vec![1])),
            r#"{"logicalType":"local-timestamp-micros","type":"long"}"#,
        ),
        ("instant", Arc::new(instant), r#"{"logicalType":"timestamp-millis","type":"long"}"#),
    ];
    for nullable in [false, true] {
        let fields = columns.iter().map(|(name, column, _)| (*name, column.clone(), nullable));
        let rows = RecordBatch::try_from_iter_with_nullable(fields).unwrap();
        check(&Encoding::Avro(AvroStyle::default()), &rows.schema()).unwrap();
        let file = bytes(&Encoding::Avro(AvroStyle::default()), &[rows]);
        let schema = arrow_avro::reader::read_header_info(&*file).unwrap().writer_schema().unwrap();
        let schema: serde_json::Value = serde_json::from_str(&schema.json_string).unwrap();
        for (number, (name, _, expected)) in columns.iter().enumerate() {
            let field = &schema["fields"][number];
            assert_eq!(field["name"], *name);
            let mut expected: serde_json::Value = serde_json::from_str(expected).unwrap();
            if nullable {
                expected = serde_json::json!(["null", expected]);
            }
            assert_eq!(field["type"], expected, "{name}");
        }
    }
}

#[test]
fn rows_that_a_form_cannot_hold_are_refused_beforehand() {
    let mut list = ListBuilder::new(StringViewBuilder::new());
    list.append_value([Some("a")]);
    let lists: ArrayRef = Arc::new(list.finish());
    let lists = RecordBatch::try_from_iter([("tags", lists)]).unwrap().schema();
    let refusal = |encoding, schema: &SchemaRef| check(&encoding, schema).unwrap_err().to_string();
    let words = refusal(Encoding::Csv(CsvOptions::default()), &lists);
    assert!(words.starts_with("CSV cannot hold these rows: Csv error: Nested type List"), "{words}");
    assert!(words.ends_with("; cast or leave out the column, or write Parquet"), "{words}");
    let names = RecordBatch::try_from_iter([("EXPR$0", rows().column(0).clone())]).unwrap().schema();
    assert_eq!(
        refusal(Encoding::Avro(AvroStyle::default()), &names),
        "Avro has no column called \"EXPR$0\"; call it by letters, digits and `_`"
    );
    for encoding in [
        Encoding::Json(JsonStyle::default()),
        Encoding::Arrow,
        Encoding::Parquet(ParquetStyle::default()),
        Encoding::Avro(AvroStyle::default()),
    ] {
        check(&encoding, &lists).unwrap();
        check(&encoding, &rows().schema()).unwrap();
        assert!(refusal(encoding, &Arc::new(Schema::empty())).starts_with("the rows have no columns"));
    }
    let words = refusal(Encoding::Lines, &rows().schema());
    assert!(words.contains("and these have n Int64, text Utf8View, at Timestamp"), "{words}");
    assert!(refusal(Encoding::Lines, &Arc::new(Schema::empty())).contains("and these have no columns"));
    let interval = Field::new("took", DataType::Interval(arrow_schema::IntervalUnit::MonthDayNano), false);
    let interval: SchemaRef = Arc::new(Schema::new(vec![interval]));
    assert!(
        refusal(Encoding::Parquet(ParquetStyle::default()), &interval).starts_with("Parquet cannot hold")
    );
    for (options, words) in [
        (
            CsvOptions::default().delimiter(b'\n'),
            "CSV cannot be written with the delimiter '\\n'; take another one",
        ),
        (CsvOptions::default().quote(b','), "CSV cannot be written with the quote ','; take another one"),
        (
            CsvOptions::default().delimiter(0xe9),
            "CSV cannot be written with the delimiter 'é'; take another one",
        ),
    ] {
        assert_eq!(refusal(Encoding::Csv(options), &rows().schema()), words);
    }
}
