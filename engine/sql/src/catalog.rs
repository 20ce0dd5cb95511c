//! Tables and views by name, and what else the planner asks for.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::DataType;
use datafusion_common::config::ConfigOptions;
use datafusion_common::{DataFusionError, Result, TableReference, plan_err};
use datafusion_expr::planner::{ContextProvider, ExprPlanner, RelationPlanner, TypePlanner};
use datafusion_expr::{AggregateUDF, HigherOrderUDF, ScalarUDF, TableSource, WindowUDF};
use datafusion_sql::sqlparser::ast;

use crate::aggregates::{self, AGGREGATES};
use crate::as_of::Versions;
use crate::files::Files;
use crate::functions::{self, Operators};
use crate::macros::Macros;
use crate::now;
use crate::row_fields::{self, RowFields};
use crate::table::{self, Table};
use crate::type_syntax::column_type;
use crate::window_functions::{WINDOW_FUNCTIONS, window_function};
use crate::windows::{self, WindowCalls};

/// Everything that has a name.
pub(crate) struct Catalog {
    pub(crate) tables: BTreeMap<String, Arc<Table>>,
    pub(crate) macros: Macros,
    pub(crate) planner_options: ConfigOptions,
    pub(crate) files: Arc<dyn Files>,
    planners: Vec<Arc<dyn ExprPlanner>>,
    relations: Vec<Arc<dyn RelationPlanner>>,
}

impl Catalog {
    /// An empty one.
    pub(crate) fn new(files: Arc<dyn Files>) -> Self {
        let mut planner_options = ConfigOptions::default();
        let parser = &mut planner_options.sql_parser;
        // As in Flink: names are what they are written as, 0.5 is a DECIMAL, nulls are less than everything.
        parser.enable_ident_normalization = false;
        parser.parse_float_as_decimal = true;
        parser.default_null_ordering = "nulls_min".into();
        parser.collect_spans = true;
        planner_options.optimizer.enable_physical_uncorrelated_scalar_subquery = false;
        let planners: Vec<Arc<dyn ExprPlanner>> = vec![Arc::new(Operators), Arc::new(RowFields)];
        let relations: Vec<Arc<dyn RelationPlanner>> = vec![Arc::new(WindowCalls), Arc::new(Versions)];
        Self { tables: BTreeMap::new(), macros: Macros::new(), planner_options, files, planners, relations }
    }

    /// The table of this name, or files of this path.
    pub(crate) fn table(&self, name: &str) -> Result<Arc<Table>> {
        if let Some(table) = self.tables.get(name) {
            return Ok(table.clone());
        }
        if table::is_path(name) {
            let found = table::of_path(name, &*self.files);
            return found.map(Arc::new).map_err(|error| DataFusionError::Plan(error.to_string()));
        }
        let advice = match table::nearest(name, self.tables.keys().map(String::as_str)) {
            Some(near) => format!("; did you mean {near}?"),
            None if self.tables.is_empty() => {
                "; CREATE TABLE makes one, and 'data.parquet' reads a file".to_owned()
            }
            None => format!("; there are {}", self.tables.keys().cloned().collect::<Vec<_>>().join(", ")),
        };
        plan_err!("there is no table {name}{advice}")
    }
}

impl ContextProvider for Catalog {
    fn get_table_source(&self, name: TableReference) -> Result<Arc<dyn TableSource>> {
        Ok(self.table(name.table())?)
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
