//! Functions of `OVER` that are no aggregates, as the planner sees them: names and types. Operators compute them.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef};
use datafusion_common::{Result, plan_err};
use datafusion_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion_expr::{PartitionEvaluator, Signature, TypeSignature, Volatility, WindowUDF, WindowUDFImpl};

/// All of them.
pub(crate) const WINDOW_FUNCTIONS: [&str; 11] = [
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
    "lag",
    "lead",
    "first_value",
    "last_value",
    "nth_value",
];

/// A function of a row and those around it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct OverFunction {
    name: &'static str,
    signature: Signature,
}

/// The function of this name.
pub(crate) fn window_function(name: &str) -> Option<Arc<WindowUDF>> {
    let name = WINDOW_FUNCTIONS.into_iter().find(|each| each.eq_ignore_ascii_case(name))?;
    let any = vec![TypeSignature::Nullary, TypeSignature::VariadicAny];
    let signature = Signature::one_of(any, Volatility::Immutable);
    Some(Arc::new(WindowUDF::new_from_impl(OverFunction { name, signature })))
}

impl WindowUDFImpl for OverFunction {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        plan_err!("{} is computed by operators", self.name)
    }

    fn field(&self, arguments: WindowUDFFieldArgs) -> Result<FieldRef> {
        let given = arguments.input_fields();
        let name = self.name.to_uppercase();
        let count = |least: usize, most: usize, what: &str| match given.len() {
            given if (least..=most).contains(&given) => Ok(()),
            given => plan_err!("{name} takes {what}, not {given} values"),
        };
        let data_type = match self.name {
            "row_number" | "rank" | "dense_rank" => count(0, 0, "nothing").map(|()| DataType::Int64)?,
            "percent_rank" | "cume_dist" => count(0, 0, "nothing").map(|()| DataType::Float64)?,
            "ntile" => count(1, 1, "the number of buckets").map(|()| DataType::Int64)?,
            "lag" | "lead" => {
                count(1, 3, "a value, how many rows away it is, and what stands for one that is not there")?;
                given[0].data_type().clone()
            }
            "nth_value" => {
                count(2, 2, "a value and a number")?;
                given[0].data_type().clone()
            }
            _ => {
                count(1, 1, "a value")?;
                given[0].data_type().clone()
            }
        };
        Ok(Arc::new(Field::new(arguments.name(), data_type, true)))
    }
}
