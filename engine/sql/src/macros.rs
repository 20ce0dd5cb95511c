//! Functions of the user: expressions under a name, which stand for their calls before a query is planned.
//!
//! ```text
//!   CREATE FUNCTION euro(price) AS 0.908 * price                        SELECT euro(p) ─► SELECT (0.908 * (p))
//!   CREATE FUNCTION area(w INT, h INT) RETURNS BIGINT RETURN w * h       with types, arguments and results are cast
//! ```
//!
//! A class of Java is not run here. Where Flink's own examples bring one that is a function of ours, its name means that one.

use std::ops::ControlFlow;

use datafusion_sql::sqlparser::ast::{
    self, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
    ObjectName, Query,
};

use crate::error::SqlError;

/// How often a function may be found in what another one stands for.
const DEPTH: usize = 32;

/// What classes of well-known examples do, by our name for it.
const CLASSES: [(&str, &str); 1] = [("com.github.nexmark.flink.udf.CountChar", "COUNT_CHAR")];

/// A function of the user.
#[derive(Clone, Debug)]
pub(crate) enum Macro {
    /// An expression over what it is given.
    Expression { parameters: Vec<(Ident, Option<DataType>)>, returns: Option<DataType>, body: Box<Expr> },
    /// Another name for a function that is there.
    Alias(&'static str),
}

/// Finds the function of a name.
pub(crate) type Find<'a> = dyn Fn(&ObjectName) -> Option<Macro> + 'a;

/// The function that a class stands for.
///
/// # Errors
///
/// If there is none.
pub(crate) fn of_class(class: &str) -> Result<Macro, SqlError> {
    match CLASSES.iter().find(|(known, _)| *known == class) {
        Some((_, function)) => Ok(Macro::Alias(function)),
        None => Err(SqlError::new(format!(
            "{class} is a class, and those of Java and Python are not run here; write the function in SQL: \
             CREATE FUNCTION f(x) AS x + 1"
        ))),
    }
}

/// The query with what the functions stand for in place of their calls.
pub(crate) fn with_macros(query: &mut Query, find: &Find<'_>) -> Result<(), SqlError> {
    match ast::visit_expressions_mut(query, |expr| expand(expr, find, DEPTH)) {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

fn expand(expr: &mut Expr, find: &Find<'_>, depth: usize) -> ControlFlow<SqlError> {
    let Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
    let Some(found) = find(&function.name) else { return ControlFlow::Continue(()) };
    let name = function.name.to_string().to_uppercase();
    let Some(left) = depth.checked_sub(1) else {
        return ControlFlow::Break(SqlError::new(format!(
            "{name} stands for an expression in which it is itself"
        )));
    };
    match found {
        Macro::Alias(name) => {
            function.name = ObjectName::from(vec![Ident::new(name)]);
            ControlFlow::Continue(())
        }
        Macro::Expression { parameters, returns, body } => {
            let arguments = match arguments(function, &name, &parameters) {
                Ok(arguments) => arguments,
                Err(error) => return ControlFlow::Break(error),
            };
            let mut whole = body.as_ref().clone();
            let replaced = ast::visit_expressions_mut(&mut whole, |part: &mut Expr| {
                if let Expr::Identifier(ident) = part
                    && let Some((_, value)) = arguments.iter().find(|(name, _)| name.value == ident.value)
                {
                    *part = value.clone();
                    return ControlFlow::Continue(());
                }
                expand(part, find, left)
            });
            *expr = cast(Expr::Nested(Box::new(whole)), returns.as_ref());
            replaced
        }
    }
}

/// What a call gives for each parameter.
fn arguments(
    function: &Function,
    name: &str,
    parameters: &[(Ident, Option<DataType>)],
) -> Result<Vec<(Ident, Expr)>, SqlError> {
    let given: Vec<Expr> = match &function.args {
        FunctionArguments::List(list) => {
            let value = |argument: &FunctionArg| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(expr.clone()),
                other => Err(SqlError::new(format!("{name} does not take {other}"))),
            };
            list.args.iter().map(value).collect::<Result<_, _>>()?
        }
        _ => Vec::new(),
    };
    if given.len() != parameters.len() {
        let wanted = parameters.iter().map(|(name, _)| name.value.as_str()).collect::<Vec<_>>().join(", ");
        return Err(SqlError::new(format!("{name}({wanted}) was given {} values", given.len())));
    }
    let value = |((parameter, data_type), value): (&(Ident, Option<DataType>), Expr)| {
        (parameter.clone(), cast(Expr::Nested(Box::new(value)), data_type.as_ref()))
    };
    Ok(parameters.iter().zip(given).map(value).collect())
}

fn cast(expr: Expr, to: Option<&DataType>) -> Expr {
    match to {
        None => expr,
        Some(data_type) => Expr::Cast {
            kind: CastKind::Cast,
            expr: Box::new(expr),
            data_type: data_type.clone(),
            array: false,
            format: None,
        },
    }
}
