//! What the planner asks for: tables, functions, types.

use std::sync::Arc;

use arrow_schema::DataType;
use datafusion_common::config::ConfigOptions;
use datafusion_common::{DataFusionError, Result, TableReference};
use datafusion_expr::planner::{ContextProvider, ExprPlanner, RelationPlanner, TypePlanner};
use datafusion_expr::{AggregateUDF, HigherOrderUDF, ScalarUDF, TableSource, WindowUDF};
use datafusion_sql::sqlparser::ast;

use super::Catalog;
use crate::aggregates::{self, AGGREGATES};
use crate::functions;
use crate::now;
use crate::row_fields;
use crate::type_syntax::column_type;
use crate::window_functions::{WINDOW_FUNCTIONS, window_function};
use crate::windows;

impl ContextProvider for Catalog {
    fn get_table_source(&self, name: TableReference) -> Result<Arc<dyn TableSource>> {
        let parts = [name.catalog(), name.schema(), Some(name.table())];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        match self.table(&parts) {
            Ok(table) => Ok(Arc::new(table)),
            Err(error) => Err(DataFusionError::Plan(error.words().to_owned())),
        }
    }

    fn get_expr_planners(&self) -> &[Arc<dyn ExprPlanner>] {
        &self.planners
    }

    fn get_relation_planners(&self) -> &[Arc<dyn RelationPlanner>] {
        &self.relations
    }

    fn get_type_planner(&self) -> Option<Arc<dyn TypePlanner>> {
        Some(Arc::new(Types))
    }

    fn get_function_meta(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        functions::scalar(name)
            .or_else(|| now::function(name))
            .or_else(|| row_fields::function(name))
            .or_else(|| windows::function(name).map(Arc::new))
    }

    fn get_higher_order_meta(&self, _name: &str) -> Option<Arc<HigherOrderUDF>> {
        None
    }

    fn get_aggregate_meta(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        aggregates::aggregate(name)
    }

    fn get_window_meta(&self, name: &str) -> Option<Arc<WindowUDF>> {
        window_function(name)
    }

    fn get_variable_type(&self, _names: &[String]) -> Option<DataType> {
        None
    }

    fn options(&self) -> &ConfigOptions {
        &self.planner_options
    }

    fn udf_names(&self) -> Vec<String> {
        expr::functions().map(|(_, function)| function.name.to_owned()).collect()
    }

    fn higher_order_function_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn udaf_names(&self) -> Vec<String> {
        AGGREGATES.map(str::to_uppercase).to_vec()
    }

    fn udwf_names(&self) -> Vec<String> {
        WINDOW_FUNCTIONS.map(str::to_uppercase).to_vec()
    }
}

/// Flink's types, in CAST as in tables.
#[derive(Debug)]
struct Types;

impl TypePlanner for Types {
    fn plan_type(&self, written: &ast::DataType) -> Result<Option<DataType>> {
        column_type(written).map(Some).map_err(DataFusionError::Plan)
    }
}
