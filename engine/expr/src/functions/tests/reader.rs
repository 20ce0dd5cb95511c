//! Calls as they are written in examples, read for tests: names, literals, CAST, `/`, `-` and nothing else.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, Int32Array, Int64Array, NullArray, RecordBatch,
    RecordBatchOptions, StringViewArray, UInt32Array,
};
use arrow_schema::{DataType, Field, IntervalUnit, Schema, TimeUnit};
use arrow_select::take::take;

use crate::functions::kinds::Kind;
use crate::{BinaryOp, Expr, ExprError, Program, Value, cast, function};

/// What is left to be read.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn take(&mut self, wanted: &str) -> bool {
        self.0 = self.0.trim_start();
        let rest = self.0.strip_prefix(wanted);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn expect(&mut self, wanted: &str) {
        assert!(self.take(wanted), "'{wanted}' is missing before {}", self.0);
    }

    fn word(&mut self) -> &'a str {
        self.0 = self.0.trim_start();
        let end = self.0.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let (word, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest;
        word
    }

    fn text(&mut self) -> String {
        self.expect("'");
        let mut text = String::new();
        loop {
            let (head, rest) = self.0.split_once('\'').expect("a text ends");
            text.push_str(head);
            self.0 = rest;
            match rest.strip_prefix('\'') {
                Some(rest) => self.0 = rest,
                None => return text,
            }
            text.push('\'');
        }
    }

    fn expr(&mut self) -> Expr {
        let left = self.value();
        if self.take("/") {
            return Expr::binary(BinaryOp::Divide, left, self.value());
        }
        left
    }

    fn value(&mut self) -> Expr {
        if self.take("-") {
            return Expr::Negate(Box::new(self.value()));
        }
        match self.0.chars().next().expect("a value") {
            '\'' => Expr::Literal(text(&self.text())),
            digit if digit.is_ascii_digit() => self.number(),
            '`' => {
                self.expect("`");
                let name = self.word();
                self.expect("`");
                self.call(name)
            }
            _ => {
                let name = self.word();
                match name {
                    "NULL" => Expr::Literal(Arc::new(NullArray::new(1))),
                    "TRUE" | "FALSE" => Expr::Literal(Arc::new(BooleanArray::from(vec![name == "TRUE"]))),
                    "CAST" => self.cast(),
                    "ROW" => self.row(),
                    "DATE" | "TIMESTAMP" | "TIME" | "INTERVAL" if !self.0.starts_with('(') => self.time(name),
                    name => self.call(name),
                }
            }
        }
    }

    fn number(&mut self) -> Expr {
        let end = self.0.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
        let (digits, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest;
        Expr::Literal(match (digits.split_once('.'), digits.parse::<i32>()) {
            (Some((whole, rest)), _) => {
                let scale = i8::try_from(rest.len()).unwrap();
                let precision = u8::try_from(whole.len() + rest.len()).unwrap();
                let value = Decimal128Array::from(vec![format!("{whole}{rest}").parse::<i128>().unwrap()]);
                Arc::new(value.with_precision_and_scale(precision, scale).unwrap())
            }
            (None, Ok(value)) => Arc::new(Int32Array::from(vec![value])),
            (None, Err(_)) => Arc::new(Int64Array::from(vec![digits.parse::<i64>().unwrap()])),
        })
    }

    fn arguments(&mut self) -> Vec<Expr> {
        self.expect("(");
        let mut arguments = Vec::new();
        while !self.take(")") {
            arguments.push(self.expr());
            let _ = self.take(",");
        }
        arguments
    }

    fn call(&mut self, name: &str) -> Expr {
        let function = function(name).unwrap_or_else(|| panic!("there is no {name}"));
        Expr::Call { function, arguments: self.arguments() }
    }

    fn row(&mut self) -> Expr {
        Expr::Row(
            self.arguments().into_iter().enumerate().map(|(at, expr)| (format!("f{at}"), expr)).collect(),
        )
    }

    fn cast(&mut self) -> Expr {
        self.expect("(");
        let expr = Box::new(self.expr());
        self.expect("AS");
        let to = self.data_type();
        self.expect(")");
        Expr::Cast { expr, to, is_lenient: false }
    }

    fn data_type(&mut self) -> DataType {
        let word = self.word();
        let mut numbers = Vec::new();
        if self.take("(") {
            while !self.take(")") {
                numbers.push(self.word().parse::<u8>().unwrap());
                let _ = self.take(",");
            }
        }
        let unit = match numbers.first() {
            Some(0) => TimeUnit::Second,
            Some(3) => TimeUnit::Millisecond,
            Some(9) => TimeUnit::Nanosecond,
            _ => TimeUnit::Microsecond,
        };
        match word {
            "STRING" => DataType::Utf8View,
            "BYTES" => DataType::BinaryView,
            "BOOLEAN" => DataType::Boolean,
            "TINYINT" => DataType::Int8,
            "SMALLINT" => DataType::Int16,
            "INT" => DataType::Int32,
            "BIGINT" => DataType::Int64,
            "FLOAT" => DataType::Float32,
            "DOUBLE" => DataType::Float64,
            "DATE" => DataType::Date32,
            "TIME" => DataType::Time32(TimeUnit::Millisecond),
            "TIMESTAMP" => DataType::Timestamp(unit, None),
            "TIMESTAMP_LTZ" => DataType::Timestamp(unit, Some("UTC".into())),
            "DECIMAL" => DataType::Decimal128(numbers[0], i8::try_from(numbers[1]).unwrap()),
            "ARRAY" => {
                self.expect("<");
                let item = self.data_type();
                self.expect(">");
                Kind::List.data_type(&DataType::List(Field::new_list_field(item, true).into()))
            }
            other => panic!("there is no type {other}"),
        }
    }

    fn time(&mut self, name: &str) -> Expr {
        self.0 = self.0.trim_start();
        let written = text(&self.text());
        let to = match name {
            "DATE" => DataType::Date32,
            "TIME" => DataType::Time32(TimeUnit::Second),
            "TIMESTAMP" => DataType::Timestamp(TimeUnit::Microsecond, None),
            _ => return self.interval(&written),
        };
        Expr::Literal(arrow_cast::cast(&written, &to).unwrap())
    }

    fn interval(&mut self, count: &dyn Array) -> Expr {
        let count: i64 = count.as_string_view().value(0).parse().unwrap();
        let (seconds, months) = match self.word() {
            "YEAR" => (None, count * 12),
            "MONTH" => (None, count),
            "DAY" => (Some(count * 86_400), 0),
            "HOUR" => (Some(count * 3_600), 0),
            "MINUTE" => (Some(count * 60), 0),
            _ => (Some(count), 0),
        };
        let (value, to) = match seconds {
            Some(seconds) => (seconds * 1_000, DataType::Duration(TimeUnit::Millisecond)),
            None => (months, DataType::Interval(IntervalUnit::YearMonth)),
        };
        let value = Int64Array::from(vec![value]);
        let narrow = arrow_cast::cast(&value, &DataType::Int32).unwrap();
        let value: ArrayRef = if months == 0 { Arc::new(value) } else { narrow };
        Expr::Literal(arrow_cast::cast(&value, &to).unwrap())
    }
}

fn text(text: &str) -> ArrayRef {
    Arc::new(StringViewArray::from(vec![text]))
}

/// A call as an expression.
pub(super) fn read(call: &str) -> Expr {
    let mut reader = Reader(call);
    let expr = reader.expr();
    assert_eq!(reader.0.trim(), "", "all of {call} is read");
    expr
}

/// What a call comes to as text, computed as a constant, and over three rows whose columns are its literals: all of them, or
/// all but texts, which often say how something is done and are understood once. All must come to the same.
pub(super) fn value_of(call: &str) -> Result<Option<String>, ExprError> {
    let expr = read(call);
    let constant = written(Program::constant(&expr)?)?;
    for keeps_texts in [true, false] {
        let columns = std::cell::RefCell::new(Vec::new());
        let moved = expr.clone().map(&|part| match &part {
            Expr::Literal(value) if !(keeps_texts && value.data_type().is_string()) => {
                let mut columns = columns.borrow_mut();
                columns.push(take(value, &UInt32Array::from(vec![0; 3]), None).unwrap());
                Expr::Column(columns.len() - 1)
            }
            _ => part,
        });
        let columns = columns.into_inner();
        let field = |column: &ArrayRef| Field::new("", column.data_type().clone(), true);
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let options = RecordBatchOptions::new().with_row_count(Some(3));
        let batch = RecordBatch::try_new_with_options(schema.clone(), columns, &options)?;
        // A type that must be the same for all rows, and behaviours.
        let Ok(program) = Program::compile(&moved, &schema) else { continue };
        let rows = program.evaluate(&batch)?;
        assert_eq!(rows.data_type(), program.data_type(), "the type of {call}");
        assert_eq!(rows.len(), 3, "the rows of {call}");
        for row in 0..3 {
            let by_row = written(rows.slice(row, 1))?;
            let same = by_row == constant || is_same_decimal(rows.data_type(), &by_row, &constant);
            assert!(same, "row {row} of {call}: {by_row:?}, not {constant:?}");
        }
    }
    Ok(constant)
}

/// The scale of a DECIMAL is known only where the digits are.
fn is_same_decimal(data_type: &DataType, one: &Option<String>, other: &Option<String>) -> bool {
    let number = |text: &Option<String>| text.as_ref().and_then(|text| text.parse::<f64>().ok());
    matches!(data_type, DataType::Decimal128(..)) && number(one) == number(other)
}

fn written(value: ArrayRef) -> Result<Option<String>, ExprError> {
    let text = cast(&Value::Rows(value), &DataType::Utf8View)?.into_rows(1)?;
    let text = text.as_string_view().iter().next().flatten();
    Ok(text.map(str::to_owned))
}

/// Checks calls against what they come to; `NULL` and `error: …` are words for these.
pub(super) fn check(cases: &[(&str, &str)]) {
    for (call, expected) in cases {
        let found = match value_of(call) {
            Ok(value) => value.unwrap_or_else(|| "NULL".to_owned()),
            Err(error) => format!("error: {error}"),
        };
        assert_eq!(found, *expected, "{call}");
    }
}
