//! An expression that is ready to run.
//!
//! Everything that can be found out before the first row is found out when it is compiled: types, casts between them,
//! patterns. Literals are one value for all rows and stay so for as long as they can.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Fields, Schema};

use crate::case::{Case, of_unsettled};
use crate::error::ExprError;
use crate::functions::{Function, Ready, Site};
use crate::like::Pattern;
use crate::narrow::Narrow;
use crate::one_of::{Listed, as_comparisons};
use crate::tree::{BinaryOp, Expr};
use crate::value::Value;
use crate::{arithmetic, cast, compare, like, logic, row};

/// An expression over batches of one schema.
pub struct Program {
    node: Node,
    data_type: DataType,
}

/// A compiled expression.
pub(crate) enum Node {
    Column(usize),
    Literal(Value),
    Arithmetic(BinaryOp, Box<[Node; 2]>),
    Comparison(BinaryOp, Box<[Node; 2]>),
    Logic(BinaryOp, Box<[Node; 2]>),
    /// Logic whose second side may fail, and must not see rows that the first one has settled.
    Guarded(BinaryOp, Box<(Node, Narrow)>),
    Not(Box<Node>),
    Negate(Box<Node>),
    IsNull(Box<Node>),
    Cast {
        node: Box<Node>,
        to: DataType,
        is_lenient: bool,
    },
    Case(Box<Case>),
    Like {
        node: Box<Node>,
        pattern: Pattern,
    },
    LikeEach {
        sides: Box<[Node; 2]>,
        escape: Option<char>,
    },
    OneOf(Box<Node>, Listed),
    Field(Box<Node>, usize),
    Row(Vec<Node>, Fields),
    Call {
        function: Ready,
        arguments: Vec<Node>,
    },
}

impl Program {
    /// Compiles an expression over columns of this schema.
    ///
    /// # Errors
    ///
    /// If an operator or a function does not take its types, or a literal cannot be used as it is.
    pub fn compile(expr: &Expr, schema: &Schema) -> Result<Self, ExprError> {
        let data_type = expr.data_type(schema)?;
        let expr = expr.clone().map(&settled);
        // More is known about the settled one, and its type may be narrower.
        let own = expr.data_type(schema)?;
        Ok(Self { node: converted(node_of(&expr, schema)?, &own, &data_type), data_type })
    }

    /// The one value that an expression without columns comes to.
    ///
    /// # Errors
    ///
    /// If it has columns, or its value cannot be computed.
    pub fn constant(expr: &Expr) -> Result<ArrayRef, ExprError> {
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        let row = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options)?;
        node_of(expr, row.schema_ref())?.evaluate(&row)?.into_rows(1)
    }

    /// The type of what it comes to.
    pub fn data_type(&self) -> &DataType {
        &self.data_type
    }

    /// A value for each row.
    ///
    /// # Errors
    ///
    /// If a value cannot be computed.
    pub fn evaluate(&self, batch: &RecordBatch) -> Result<ArrayRef, ExprError> {
        self.node.evaluate(batch)?.into_rows(batch.num_rows())
    }

    /// The rows for which a condition is certainly true.
    ///
    /// # Errors
    ///
    /// If a value cannot be computed.
    pub fn holds(&self, batch: &RecordBatch) -> Result<BooleanArray, ExprError> {
        Ok(logic::certainly(self.evaluate(batch)?.as_boolean()))
    }
}

impl Node {
    pub(crate) fn evaluate(&self, batch: &RecordBatch) -> Result<Value, ExprError> {
        Ok(match self {
            Self::Column(column) => Value::Rows(batch.column(*column).clone()),
            Self::Literal(value) => value.clone(),
            Self::Arithmetic(op, sides) => {
                let [left, right] = both(sides, batch)?;
                arithmetic::evaluate(*op, &left, &right)?
            }
            Self::Comparison(op, sides) => {
                let [left, right] = both(sides, batch)?;
                compare::evaluate(*op, &left, &right)?
            }
            Self::Logic(op, sides) => {
                let [left, right] = both(sides, batch)?;
                logic::evaluate(*op, left, right, batch.num_rows())?
            }
            Self::Guarded(op, sides) => guarded(*op, sides, batch)?,
            Self::Not(node) => logic::not(&node.evaluate(batch)?)?,
            Self::Negate(node) => arithmetic::negate(&node.evaluate(batch)?)?,
            Self::IsNull(node) => logic::is_null(&node.evaluate(batch)?)?,
            Self::Cast { node, to, is_lenient } => cast::evaluate(&node.evaluate(batch)?, to, *is_lenient)?,
            Self::Case(case) => case.evaluate(batch)?,
            Self::Like { node, pattern } => like::against(&node.evaluate(batch)?, pattern),
            Self::LikeEach { sides, escape } => {
                let [texts, patterns] = both(sides, batch)?;
                like::each(&texts, &patterns, *escape, batch.num_rows())?
            }
            Self::OneOf(of, listed) => listed.evaluate(&of.evaluate(batch)?)?,
            Self::Field(of, field) => row::field(&of.evaluate(batch)?, *field)?,
            Self::Row(nodes, fields) => row::made_of(all(nodes, batch)?, fields, batch.num_rows())?,
            Self::Call { function, arguments } => function.call(&all(arguments, batch)?, batch.num_rows())?,
        })
    }
}

fn guarded(op: BinaryOp, sides: &(Node, Narrow), batch: &RecordBatch) -> Result<Value, ExprError> {
    let rows = batch.num_rows();
    let known = sides.0.evaluate(batch)?.into_rows(rows)?;
    let right = of_unsettled(known.as_boolean(), op == BinaryOp::Or, &sides.1, batch)?;
    logic::evaluate(op, Value::Rows(known), Value::Rows(right), rows)
}

fn both(sides: &[Node; 2], batch: &RecordBatch) -> Result<[Value; 2], ExprError> {
    Ok([sides[0].evaluate(batch)?, sides[1].evaluate(batch)?])
}

fn all(nodes: &[Node], batch: &RecordBatch) -> Result<Vec<Value>, ExprError> {
    nodes.iter().map(|node| node.evaluate(batch)).collect()
}

pub(crate) fn node_of(expr: &Expr, schema: &Schema) -> Result<Node, ExprError> {
    let boxed = |expr: &Expr| node_of(expr, schema).map(Box::new);
    Ok(match expr {
        Expr::Column(column) => {
            expr.data_type(schema)?;
            Node::Column(*column)
        }
        Expr::Literal(value) => Node::Literal(Value::one(value.clone())),
        Expr::Binary { op, left, right } => binary(*op, left, right, schema)?,
        Expr::Not(expr) => Node::Not(boxed(expr)?),
        Expr::Negate(expr) => Node::Negate(boxed(expr)?),
        Expr::IsNull(expr) => Node::IsNull(boxed(expr)?),
        Expr::Cast { expr, to, is_lenient } => match &**expr {
            // One that cannot be cast is told of before there is a row.
            Expr::Literal(value) => {
                Node::Literal(cast::evaluate(&Value::one(value.clone()), to, *is_lenient)?)
            }
            expr => Node::Cast { node: boxed(expr)?, to: to.clone(), is_lenient: *is_lenient },
        },
        Expr::Case { branches, otherwise } => {
            let result = expr.data_type(schema)?;
            Node::Case(Box::new(Case::of(branches, otherwise.as_deref(), &result, schema)?))
        }
        Expr::Like { expr, pattern, escape } => match &**pattern {
            Expr::Literal(text) if text.is_valid(0) => {
                let pattern = Pattern::new(text.as_string_view().value(0), *escape)?;
                Node::Like { node: boxed(expr)?, pattern }
            }
            other => {
                let sides = Box::new([node_of(expr, schema)?, node_of(other, schema)?]);
                Node::LikeEach { sides, escape: *escape }
            }
        },
        Expr::OneOf { of, values } => one_of(of, values, schema)?,
        Expr::Field { of, field } => {
            expr.data_type(schema)?;
            Node::Field(boxed(of)?, *field)
        }
        Expr::Row(values) => {
            let nodes = values.iter().map(|(_, expr)| node_of(expr, schema)).collect::<Result<_, _>>()?;
            let DataType::Struct(fields) = expr.data_type(schema)? else { unreachable!("rows are structs") };
            Node::Row(nodes, fields)
        }
        Expr::Call { function, arguments } => call(function, arguments, schema)?,
    })
}

fn one_of(of: &Expr, values: &ArrayRef, schema: &Schema) -> Result<Node, ExprError> {
    let own = of.data_type(schema)?;
    let common = compare::common_type(BinaryOp::Equal, &own, values.data_type())?;
    if let Some(comparisons) = as_comparisons(of, values, &common) {
        return node_of(&comparisons, schema);
    }
    let values = cast::to_type(&Value::Rows(values.clone()), &common)?.into_rows(values.len())?;
    Ok(Node::OneOf(Box::new(converted(node_of(of, schema)?, &own, &common)), Listed::new(&values)?))
}

fn call(function: &Function, arguments: &[Expr], schema: &Schema) -> Result<Node, ExprError> {
    let types = arguments.iter().map(|argument| argument.data_type(schema));
    let types = types.collect::<Result<Vec<_>, _>>()?;
    let coerced = function.coerce(&types)?;
    let literals: Vec<Option<ArrayRef>> = arguments.iter().map(Expr::written).collect();
    let result = function.returns_for(&types, &literals)?;
    let nodes = arguments.iter().zip(coerced.iter().zip(&types));
    let nodes = nodes.map(|(argument, (to, from))| Ok(converted(node_of(argument, schema)?, from, to)));
    let arguments = nodes.collect::<Result<Vec<_>, ExprError>>()?;
    let literal = |node: &Node| match node {
        Node::Literal(value) => Some(value.clone()),
        _ => None,
    };
    let site = Site { literals: arguments.iter().map(literal).collect(), result };
    Ok(Node::Call { function: function.ready(&site)?, arguments })
}

fn binary(op: BinaryOp, left: &Expr, right: &Expr, schema: &Schema) -> Result<Node, ExprError> {
    let (one, other) = (left.data_type(schema)?, right.data_type(schema)?);
    if matches!(op, BinaryOp::And | BinaryOp::Or) {
        return logic_of(op, (left, &one), (right, &other), schema);
    }
    let (left_node, right_node) = (node_of(left, schema)?, node_of(right, schema)?);
    let sides = |to_left: &DataType, to_right: &DataType| {
        Box::new([converted(left_node, &one, to_left), converted(right_node, &other, to_right)])
    };
    Ok(match op {
        op if op.is_arithmetic() => {
            let (to_left, to_right) = arithmetic::operands(op, &one, &other)?;
            Node::Arithmetic(op, sides(&to_left, &to_right))
        }
        op => {
            let common = compare::common_type(op, &one, &other)?;
            Node::Comparison(op, sides(&common, &common))
        }
    })
}

fn logic_of(
    op: BinaryOp,
    (left, one): (&Expr, &DataType),
    (right, other): (&Expr, &DataType),
    schema: &Schema,
) -> Result<Node, ExprError> {
    if let Some(wrong) = [one, other].into_iter().find(|side| !is_truth(side)) {
        return Err(ExprError::types(op.sign(), [wrong]));
    }
    let left = converted(node_of(left, schema)?, one, &DataType::Boolean);
    if may_fail(right) {
        let right = Narrow::of(right, schema)?.map(|node| converted(node, other, &DataType::Boolean));
        return Ok(Node::Guarded(op, Box::new((left, right))));
    }
    let right = converted(node_of(right, schema)?, other, &DataType::Boolean);
    Ok(Node::Logic(op, Box::new([left, right])))
}

fn is_truth(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Boolean | DataType::Null)
}

/// With a cast, if the types differ. One of a literal is done at once.
fn converted(node: Node, from: &DataType, to: &DataType) -> Node {
    if from == to {
        return node;
    }
    let cast = |value: &Value| cast::evaluate(value, to, false).ok();
    match &node {
        Node::Literal(value) => match cast(value) {
            Some(value) => Node::Literal(value),
            None => Node::Cast { node: Box::new(node), to: to.clone(), is_lenient: false },
        },
        _ => Node::Cast { node: Box::new(node), to: to.clone(), is_lenient: false },
    }
}

/// The literal that an expression without columns comes to. One that comes to an error stays what it is: there may be no
/// row that wants it.
fn settled(expr: Expr) -> Expr {
    let mut is_constant = !matches!(expr, Expr::Literal(_));
    expr.visit(&mut |part| is_constant &= !matches!(part, Expr::Column(_)));
    if !is_constant {
        return expr;
    }
    match Program::constant(&expr) {
        Ok(value) => Expr::Literal(value),
        Err(_) => expr,
    }
}

/// Whether a value may be an error: then it must not be computed for rows that do not want it.
fn may_fail(expr: &Expr) -> bool {
    let mut fails = false;
    expr.visit(&mut |expr| {
        fails |= match expr {
            Expr::Binary { op, .. } => matches!(op, BinaryOp::Divide | BinaryOp::Modulo),
            Expr::Cast { is_lenient, .. } => !is_lenient,
            Expr::Call { .. } => true,
            _ => false,
        };
    });
    fails
}

#[cfg(test)]
mod tests {
    use arrow_array::{Int64Array, StringViewArray};

    use super::*;

    fn of(number: i64) -> Expr {
        Expr::Literal(Arc::new(Int64Array::from(vec![number])))
    }

    /// A pattern that had to be compiled for each row made a query take a hundred times as long.
    #[test]
    fn what_is_the_same_for_all_rows_is_computed_once() {
        let schema = Schema::new(vec![arrow_schema::Field::new("text", DataType::Utf8View, true)]);
        let pattern: ArrayRef = Arc::new(arrow_array::StringArray::from(vec!["%a%b%"]));
        let to = DataType::Utf8View;
        let pattern = Expr::Cast { expr: Box::new(Expr::Literal(pattern)), to, is_lenient: false };
        let like = Expr::Like { expr: Box::new(Expr::Column(0)), pattern: Box::new(pattern), escape: None };
        let program = Program::compile(&like, &schema).unwrap();
        assert!(matches!(program.node, Node::Like { .. }));

        let sum = Expr::binary(BinaryOp::Plus, of(2), Expr::Negate(Box::new(of(3))));
        assert!(matches!(Program::compile(&sum, &schema).unwrap().node, Node::Literal(_)));
    }

    #[test]
    fn a_constant_that_is_an_error_is_one_for_the_rows_that_want_it() {
        let quotient = Expr::binary(BinaryOp::Divide, of(1), of(0));
        let schema = Arc::new(Schema::new(vec![arrow_schema::Field::new("text", DataType::Utf8View, true)]));
        let program = Program::compile(&quotient, &schema).unwrap();
        let rows = |texts: Vec<&str>| {
            let column: ArrayRef = Arc::new(StringViewArray::from(texts));
            RecordBatch::try_new(schema.clone(), vec![column]).unwrap()
        };
        assert_eq!(program.evaluate(&rows(vec!["a"])).unwrap_err().to_string(), "division by zero");
    }
}
