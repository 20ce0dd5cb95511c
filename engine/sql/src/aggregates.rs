//! Aggregates, as the planner sees them: names and types. Operators compute them.
//!
//! | aggregate | type |
//! |---|---|
//! | `COUNT`, `GROUPING` | `BIGINT` |
//! | `AVG`, `STDDEV_POP` and its like | that of the values: of whole numbers a whole one, of a `DECIMAL(p, s)` one of 38 digits |
//! | `COLLECT`, `ARRAY_AGG` | `ARRAY` of the values: a `MULTISET` is one here |
//! | `LISTAGG`, `JSON_OBJECTAGG`, `JSON_ARRAYAGG` | `STRING` |
//! | all others | that of the values |

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef};
use datafusion_common::{Result, ScalarValue, plan_err};
use datafusion_expr::expr::{AggregateFunctionParams, NullTreatment};
use datafusion_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, TypeSignature, Volatility};

use crate::type_syntax::written_type;

/// An aggregate.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Aggregate {
    name: &'static str,
    signature: Signature,
}

/// All that a query may call.
pub(crate) const AGGREGATES: [&str; 22] = [
    "count",
    "sum",
    "min",
    "max",
    "avg",
    "stddev_pop",
    "stddev_samp",
    "stddev",
    "var_pop",
    "var_samp",
    "variance",
    "listagg",
    "collect",
    "array_agg",
    "first_value",
    "last_value",
    "grouping",
    "grouping_id",
    "json_objectagg",
    "json_objectagg_absent_on_null",
    "json_arrayagg",
    "json_arrayagg_null_on_null",
];

/// The value of a subquery that stands for one: an error if there are several.
pub(crate) const SINGLE_VALUE: &str = "$single_value";

/// The aggregate of this name.
pub(crate) fn aggregate(name: &str) -> Option<Arc<AggregateUDF>> {
    let name = AGGREGATES.into_iter().chain([SINGLE_VALUE]).find(|each| each.eq_ignore_ascii_case(name))?;
    // The planner knows both by the first name.
    let name = if name == "grouping_id" { "grouping" } else { name };
    let any = vec![TypeSignature::Nullary, TypeSignature::VariadicAny];
    let signature = Signature::one_of(any, Volatility::Immutable);
    Some(Arc::new(AggregateUDF::new_from_impl(Aggregate { name, signature })))
}

impl Aggregate {
    /// The only value that it takes, with what it says of how it joins texts.
    fn only<'a>(&self, types: &'a [DataType]) -> Result<&'a DataType> {
        match (self.name, types) {
            (_, [of]) | ("listagg", [of, _]) => Ok(of),
            ("listagg", _) => plan_err!("LISTAGG takes a text and what stands between two of them"),
            _ => plan_err!("{} takes one value", self.name.to_uppercase()),
        }
    }
}

impl AggregateUDFImpl for Aggregate {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let name = self.name.to_uppercase();
        match self.name {
            "count" | "grouping" if !types.is_empty() => return Ok(DataType::Int64),
            "json_objectagg" | "json_objectagg_absent_on_null" => {
                return match types {
                    [DataType::Utf8View | DataType::Utf8, _] => Ok(DataType::Utf8View),
                    _ => plan_err!("JSON_OBJECTAGG takes a STRING as key, and a value; use CAST"),
                };
            }
            _ => {}
        }
        let of = self.only(types)?;
        let is_number = of.is_numeric() || of.is_null();
        Ok(match (self.name, of) {
            ("sum", DataType::Decimal128(_, scale)) => DataType::Decimal128(38, *scale),
            ("min" | "max" | "first_value" | "last_value" | SINGLE_VALUE, of) => of.clone(),
            ("listagg", DataType::Utf8View | DataType::Utf8 | DataType::Null) => DataType::Utf8View,
            ("listagg", other) => {
                return plan_err!("LISTAGG takes a STRING, not {}; use CAST", written_type(other));
            }
            ("json_arrayagg" | "json_arrayagg_null_on_null", _) => DataType::Utf8View,
            ("collect" | "array_agg", of) => DataType::List(Field::new_list_field(of.clone(), true).into()),
            (_, other) if !is_number => {
                return plan_err!("{name} takes a number, not {}; use CAST", written_type(other));
            }
            ("sum", of) => of.clone(),
            (_, DataType::Decimal128(_, scale)) => DataType::Decimal128(38, (*scale).max(6)),
            (_, of) => of.clone(),
        })
    }

    /// With casts, which are all that two calls may differ in.
    fn schema_name(&self, params: &AggregateFunctionParams) -> Result<String> {
        let args = params.args.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let distinct = if params.distinct { "DISTINCT " } else { "" };
        let nulls =
            if params.null_treatment == Some(NullTreatment::IgnoreNulls) { " IGNORE NULLS" } else { "" };
        let filter = params.filter.as_ref().map(|filter| format!(" FILTER (WHERE {filter})"));
        Ok(format!("{}({distinct}{args}{nulls}){}", self.name, filter.unwrap_or_default()))
    }

    fn is_nullable(&self) -> bool {
        self.name != "count"
    }

    fn supports_null_handling_clause(&self) -> bool {
        matches!(self.name, "array_agg" | "first_value" | "last_value")
    }

    fn default_value(&self, data_type: &DataType) -> Result<ScalarValue> {
        match self.name {
            "count" => Ok(ScalarValue::Int64(Some(0))),
            _ => ScalarValue::try_from(data_type),
        }
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        plan_err!("{} is computed by operators", self.name)
    }

    fn state_fields(&self, _: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        plan_err!("{} is computed by operators", self.name)
    }
}
