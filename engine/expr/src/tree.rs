//! What is to be computed, as plain data.

use std::fmt;

use arrow_array::{Array, ArrayRef};
use arrow_cast::display::array_value_to_string;
use arrow_schema::{DataType, Schema};

use crate::arithmetic;
use crate::error::ExprError;
use crate::functions::Function;
use crate::program::Program;
use crate::row;

/// How many values of a list are printed.
const SHOWN: usize = 8;

/// An expression over the columns of a batch.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A column, by its number.
    Column(usize),
    /// A value: the only one of this array.
    Literal(ArrayRef),
    /// Something of two values of the same type.
    Binary {
        /// What.
        op: BinaryOp,
        /// The first.
        left: Box<Expr>,
        /// The second.
        right: Box<Expr>,
    },
    /// `NOT x`.
    Not(Box<Expr>),
    /// `-x`.
    Negate(Box<Expr>),
    /// `x IS NULL`.
    IsNull(Box<Expr>),
    /// `CAST(x AS t)`.
    Cast {
        /// What.
        expr: Box<Expr>,
        /// To which type.
        to: DataType,
        /// What cannot be cast is null instead of an error: `TRY_CAST`.
        is_lenient: bool,
    },
    /// `CASE WHEN … THEN … ELSE … END`. All results are of one type.
    Case {
        /// Conditions and what they lead to.
        branches: Vec<(Expr, Expr)>,
        /// What comes of rows that fulfil none; null, if not said.
        otherwise: Option<Box<Expr>>,
    },
    /// `x LIKE pattern`.
    Like {
        /// What.
        expr: Box<Expr>,
        /// `%` and `_` stand for anything and for one letter.
        pattern: Box<Expr>,
        /// What takes their meaning from the letter behind it.
        escape: Option<char>,
    },
    /// `x IN (…)`: whether it is one of these values.
    OneOf {
        /// What.
        of: Box<Expr>,
        /// They, of one type; at least one.
        values: ArrayRef,
    },
    /// `x.name`: a field of a row, by its place. Null where the row is.
    Field {
        /// Of which row.
        of: Box<Expr>,
        /// Which one.
        field: usize,
    },
    /// `ROW(x, y)`: values as one, by their names.
    Row(Vec<(String, Expr)>),
    /// A call by name.
    Call {
        /// Of what.
        function: &'static Function,
        /// With what.
        arguments: Vec<Expr>,
    },
}

/// An operator of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `IS DISTINCT FROM`
    Distinct,
    /// `IS NOT DISTINCT FROM`
    NotDistinct,
    /// `AND`
    And,
    /// `OR`
    Or,
}

impl BinaryOp {
    /// How it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Distinct => "IS DISTINCT FROM",
            Self::NotDistinct => "IS NOT DISTINCT FROM",
            Self::And => "AND",
            Self::Or => "OR",
        }
    }

    /// Whether it makes a number of two numbers.
    pub fn is_arithmetic(self) -> bool {
        matches!(self, Self::Plus | Self::Minus | Self::Multiply | Self::Divide | Self::Modulo)
    }
}

impl Expr {
    /// Something of two values.
    pub fn binary(op: BinaryOp, left: Self, right: Self) -> Self {
        Self::Binary { op, left: Box::new(left), right: Box::new(right) }
    }

    /// All of these under one operator that does not mind in which order: as a tree that is as low as it can be, since
    /// queries are written by programs too, and whatever walks a tree is as deep as it.
    ///
    /// # Panics
    ///
    /// If there are none.
    pub fn balanced(op: BinaryOp, mut terms: Vec<Self>) -> Self {
        if terms.len() == 1 {
            return terms.remove(0);
        }
        let half = terms.split_off(terms.len().div_ceil(2));
        Self::binary(op, Self::balanced(op, terms), Self::balanced(op, half))
    }

    /// The type of what it comes to over columns of this schema.
    ///
    /// # Errors
    ///
    /// If an operator or a function does not take its types, or there is no such column.
    pub fn data_type(&self, schema: &Schema) -> Result<DataType, ExprError> {
        Ok(match self {
            Self::Column(column) => {
                let fields = schema.fields();
                let none = || ExprError::NoColumn { column: *column, columns: fields.len() };
                fields.get(*column).ok_or_else(none)?.data_type().clone()
            }
            Self::Literal(value) => value.data_type().clone(),
            Self::Binary { op, left, right } if op.is_arithmetic() => {
                arithmetic::result_type(*op, &left.data_type(schema)?, &right.data_type(schema)?)?
            }
            Self::Binary { .. } | Self::Not(_) | Self::IsNull(_) => DataType::Boolean,
            Self::Like { .. } | Self::OneOf { .. } => DataType::Boolean,
            Self::Negate(expr) => expr.data_type(schema)?,
            Self::Cast { to, .. } => to.clone(),
            Self::Case { branches, otherwise } => {
                let first = branches.first().map(|(_, result)| result).or(otherwise.as_deref());
                first.map_or(Ok(DataType::Null), |result| result.data_type(schema))?
            }
            Self::Field { of, field } => row::field_type(&of.data_type(schema)?, *field)?,
            Self::Row(fields) => {
                let field = |(name, expr): &(String, Self)| Ok((name.clone(), expr.data_type(schema)?));
                row::data_type(fields.iter().map(field).collect::<Result<Vec<_>, ExprError>>()?)
            }
            Self::Call { function, arguments } => {
                let types = arguments.iter().map(|argument| argument.data_type(schema));
                let literals = match function.asks_for_literals() {
                    true => arguments.iter().map(Self::written).collect(),
                    false => Vec::new(),
                };
                function.returns_for(&types.collect::<Result<Vec<_>, _>>()?, &literals)?
            }
        })
    }

    /// The one value that is written here for all rows: a literal, or what it is computed from by operators alone. Types that
    /// depend on values ask for it, so it must cost next to nothing: no function is called.
    pub(crate) fn written(&self) -> Option<ArrayRef> {
        if let Self::Literal(value) = self {
            return Some(value.clone());
        }
        let mut is_plain = true;
        self.visit(&mut |part| is_plain &= !matches!(part, Self::Column(_) | Self::Call { .. }));
        is_plain.then(|| Program::constant(self).ok()).flatten()
    }

    /// The columns that it reads, each once, ascending.
    pub fn columns(&self) -> Vec<usize> {
        let mut columns = Vec::new();
        self.visit(&mut |expr| {
            if let Self::Column(column) = expr {
                columns.push(*column);
            }
        });
        columns.sort_unstable();
        columns.dedup();
        columns
    }

    /// The same over columns that stand elsewhere: `place` says where.
    #[must_use]
    pub fn moved(self, place: &impl Fn(usize) -> usize) -> Self {
        self.map(&|expr| match expr {
            Self::Column(column) => Self::Column(place(column)),
            other => other,
        })
    }

    /// With what `of` makes of it and of all expressions within it, from the inside out.
    #[must_use]
    pub fn map(self, of: &impl Fn(Self) -> Self) -> Self {
        let boxed = |expr: Box<Self>| Box::new(expr.map(of));
        of(match self {
            Self::Column(_) | Self::Literal(_) => self,
            Self::Binary { op, left, right } => Self::Binary { op, left: boxed(left), right: boxed(right) },
            Self::Not(expr) => Self::Not(boxed(expr)),
            Self::Negate(expr) => Self::Negate(boxed(expr)),
            Self::IsNull(expr) => Self::IsNull(boxed(expr)),
            Self::Cast { expr, to, is_lenient } => Self::Cast { expr: boxed(expr), to, is_lenient },
            Self::Case { branches, otherwise } => {
                let branch = |(condition, result): (Self, Self)| (condition.map(of), result.map(of));
                Self::Case {
                    branches: branches.into_iter().map(branch).collect(),
                    otherwise: otherwise.map(boxed),
                }
            }
            Self::Like { expr, pattern, escape } => {
                Self::Like { expr: boxed(expr), pattern: boxed(pattern), escape }
            }
            Self::OneOf { of: value, values } => Self::OneOf { of: boxed(value), values },
            Self::Field { of: row, field } => Self::Field { of: boxed(row), field },
            Self::Row(fields) => {
                Self::Row(fields.into_iter().map(|(name, expr)| (name, expr.map(of))).collect())
            }
            Self::Call { function, arguments } => {
                let arguments = arguments.into_iter().map(|argument| argument.map(of)).collect();
                Self::Call { function, arguments }
            }
        })
    }

    /// Shows it and all expressions within it to `see`.
    pub fn visit(&self, see: &mut impl FnMut(&Self)) {
        see(self);
        match self {
            Self::Column(_) | Self::Literal(_) => {}
            Self::Binary { left, right, .. } => {
                left.visit(see);
                right.visit(see);
            }
            Self::Not(expr) | Self::Negate(expr) | Self::IsNull(expr) | Self::Cast { expr, .. } => {
                expr.visit(see)
            }
            Self::Case { branches, otherwise } => {
                for (condition, result) in branches {
                    condition.visit(see);
                    result.visit(see);
                }
                if let Some(otherwise) = otherwise {
                    otherwise.visit(see);
                }
            }
            Self::Like { expr, pattern, .. } => {
                expr.visit(see);
                pattern.visit(see);
            }
            Self::Field { of, .. } | Self::OneOf { of, .. } => of.visit(see),
            Self::Row(fields) => fields.iter().for_each(|(_, expr)| expr.visit(see)),
            Self::Call { arguments, .. } => arguments.iter().for_each(|argument| argument.visit(see)),
        }
    }
}

/// As SQL would have it, with columns and fields by number.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(column) => write!(f, "${column}"),
            Self::Literal(value) if value.is_null(0) => f.write_str("NULL"),
            Self::Literal(value) => {
                let text = array_value_to_string(value, 0).map_err(|_| fmt::Error)?;
                match value.data_type() {
                    DataType::Utf8View | DataType::Utf8 => write!(f, "'{}'", text.replace('\'', "''")),
                    _ => f.write_str(&text),
                }
            }
            Self::Binary { op, left, right } => write!(f, "({left} {} {right})", op.sign()),
            Self::Not(expr) => write!(f, "NOT {expr}"),
            Self::Negate(expr) => write!(f, "-{expr}"),
            Self::IsNull(expr) => write!(f, "{expr} IS NULL"),
            Self::Cast { expr, to, is_lenient } => {
                write!(f, "{}CAST({expr} AS {to})", if *is_lenient { "TRY_" } else { "" })
            }
            Self::Case { branches, otherwise } => {
                f.write_str("CASE")?;
                for (condition, result) in branches {
                    write!(f, " WHEN {condition} THEN {result}")?;
                }
                if let Some(otherwise) = otherwise {
                    write!(f, " ELSE {otherwise}")?;
                }
                f.write_str(" END")
            }
            Self::Like { expr, pattern, escape } => {
                write!(f, "{expr} LIKE {pattern}")?;
                escape.map_or(Ok(()), |escape| write!(f, " ESCAPE '{escape}'"))
            }
            Self::OneOf { of, values } => {
                write!(f, "{of} IN (")?;
                for row in 0..values.len().min(SHOWN) {
                    let value = Self::Literal(values.slice(row, 1));
                    write!(f, "{}{value}", if row == 0 { "" } else { ", " })?;
                }
                match values.len().saturating_sub(SHOWN) {
                    0 => f.write_str(")"),
                    more => write!(f, ", and {more} more)"),
                }
            }
            Self::Field { of, field } => write!(f, "{of}.${field}"),
            Self::Row(fields) => {
                f.write_str("ROW(")?;
                for (number, (name, expr)) in fields.iter().enumerate() {
                    write!(f, "{}{expr} AS {name}", if number == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
            Self::Call { function, arguments } => {
                write!(f, "{}(", function.name)?;
                for (number, argument) in arguments.iter().enumerate() {
                    write!(f, "{}{argument}", if number == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
        }
    }
}
