//! Whether two expressions are the same: what is computed once need not be computed twice.
//!
//! Literals are the same if their types are too: `1` of INT is no `1` of BIGINT.

use arrow_array::ArrayRef;

use crate::tree::Expr;

impl Expr {
    /// Whether it is written like another one, so that it comes to the same for every row.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Column(one), Self::Column(other)) => one == other,
            (Self::Literal(one), Self::Literal(other)) => are_same(one, other),
            (
                Self::Binary { op, left, right },
                Self::Binary { op: other, left: other_left, right: other_right },
            ) => op == other && left.is_same(other_left) && right.is_same(other_right),
            (Self::Not(one), Self::Not(other))
            | (Self::Negate(one), Self::Negate(other))
            | (Self::IsNull(one), Self::IsNull(other)) => one.is_same(other),
            (
                Self::Cast { expr, to, is_lenient },
                Self::Cast { expr: other, to: other_to, is_lenient: other_is_lenient },
            ) => to == other_to && is_lenient == other_is_lenient && expr.is_same(other),
            (
                Self::Case { branches, otherwise },
                Self::Case { branches: other_branches, otherwise: other_otherwise },
            ) => {
                let of_branches = branches.iter().zip(other_branches).all(
                    |((condition, result), (other, other_result))| {
                        condition.is_same(other) && result.is_same(other_result)
                    },
                );
                let of_rest = match (otherwise, other_otherwise) {
                    (Some(one), Some(other)) => one.is_same(other),
                    (one, other) => one.is_none() && other.is_none(),
                };
                branches.len() == other_branches.len() && of_branches && of_rest
            }
            (
                Self::Like { expr, pattern, escape },
                Self::Like { expr: other, pattern: other_pattern, escape: other_escape },
            ) => escape == other_escape && expr.is_same(other) && pattern.is_same(other_pattern),
            (Self::OneOf { of, values }, Self::OneOf { of: other, values: other_values }) => {
                of.is_same(other) && are_same(values, other_values)
            }
            (Self::Field { of, field }, Self::Field { of: other, field: other_field }) => {
                field == other_field && of.is_same(other)
            }
            (Self::Row(fields), Self::Row(others)) => {
                fields.len() == others.len()
                    && fields
                        .iter()
                        .zip(others)
                        .all(|((name, expr), (other_name, other))| name == other_name && expr.is_same(other))
            }
            (
                Self::Call { function, arguments },
                Self::Call { function: other, arguments: other_arguments },
            ) => {
                std::ptr::eq(*function, *other)
                    && arguments.len() == other_arguments.len()
                    && arguments.iter().zip(other_arguments).all(|(one, other)| one.is_same(other))
            }
            _ => false,
        }
    }
}

fn are_same(one: &ArrayRef, other: &ArrayRef) -> bool {
    one.data_type() == other.data_type() && one.as_ref() == other.as_ref()
}
