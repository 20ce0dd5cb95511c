//! Rows and their fields, as the planner sees them: `ROW(1, 'a')`, and `bid.price` of a column `bid ROW<price BIGINT, …>`.

use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow_schema::{DataType, Field};
use datafusion_common::{Column, Result, TableReference, plan_err};
use datafusion_expr::expr::ScalarFunction;
use datafusion_expr::planner::{ExprPlanner, PlannerResult};
use datafusion_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use crate::table::did_you_mean;

/// A field of a row.
#[derive(Debug)]
pub(crate) struct RowField {
    name: String,
    signature: Signature,
}

impl PartialEq for RowField {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for RowField {}

impl Hash for RowField {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

/// A row of values, whose fields are called as those of a query without names.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct RowOf {
    signature: Signature,
}

/// `ROW`, by its name.
pub(crate) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    name.eq_ignore_ascii_case("ROW").then(|| {
        let any = vec![TypeSignature::Nullary, TypeSignature::VariadicAny];
        let signature = Signature::one_of(any, Volatility::Immutable);
        Arc::new(ScalarUDF::new_from_impl(RowOf { signature }))
    })
}

impl RowOf {
    /// What a field is called.
    pub(crate) fn name(place: usize) -> String {
        format!("EXPR${place}")
    }
}

impl ScalarUDFImpl for RowOf {
    fn name(&self) -> &str {
        "ROW"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let field =
            |(place, data_type): (usize, &DataType)| Field::new(Self::name(place), data_type.clone(), true);
        Ok(DataType::Struct(types.iter().enumerate().map(field).collect()))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        plan_err!("a row is made by operators")
    }
}

impl RowField {
    pub(crate) fn of(row: Expr, name: &str) -> Expr {
        let function = Self { name: name.to_owned(), signature: Signature::any(1, Volatility::Immutable) };
        Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::new_from_impl(function)), vec![row]))
    }

    /// If a call is one.
    pub(crate) fn called(call: &ScalarFunction) -> Option<&Self> {
        let implementation: &dyn Any = call.func.inner().as_ref();
        implementation.downcast_ref()
    }

    /// Which of the fields of a row it is.
    pub(crate) fn place(&self, row: &DataType) -> Result<usize> {
        let DataType::Struct(fields) = row else {
            let written = crate::type_syntax::written_type(row);
            return plan_err!("there is no field {} of a {written}: it is no ROW", self.name);
        };
        match fields.iter().position(|field| *field.name() == self.name) {
            Some(place) => Ok(place),
            None => {
                let advice = did_you_mean(&self.name, fields.iter().map(|field| field.name().as_str()));
                plan_err!("the row has no field {}{advice}", self.name)
            }
        }
    }
}

impl ScalarUDFImpl for RowField {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let [row] = types else { return plan_err!("a field is one of a row") };
        let place = self.place(row)?;
        match row {
            DataType::Struct(fields) => Ok(fields[place].data_type().clone()),
            _ => plan_err!("a field is one of a row"),
        }
    }

    fn schema_name(&self, arguments: &[Expr]) -> Result<String> {
        let row = arguments.first().map(|row| row.schema_name().to_string()).unwrap_or_default();
        Ok(format!("{row}.{}", self.name))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        plan_err!("a field of a constant row")
    }
}

/// Finds fields behind the names of columns.
#[derive(Debug)]
pub(crate) struct RowFields;

impl ExprPlanner for RowFields {
    fn plan_compound_identifier(
        &self,
        field: &Field,
        qualifier: Option<&TableReference>,
        nested: &[String],
    ) -> Result<PlannerResult<Vec<Expr>>> {
        let column = Expr::Column(Column::new(qualifier.cloned(), field.name()));
        let found = nested.iter().fold(column, |row, name| RowField::of(row, name));
        // As in Flink it is called by its last name.
        Ok(PlannerResult::Planned(match nested.last() {
            Some(name) => found.alias(name),
            None => found,
        }))
    }
}
