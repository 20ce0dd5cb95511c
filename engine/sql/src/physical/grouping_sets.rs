//! `GROUPING SETS`, `CUBE` and `ROLLUP`: every row once for each set, with nulls for the keys that the set has not.
//!
//! ```text
//!   (a, b), (a)     a b x  ─►  a b    0 x
//!                              a null 1 x       what is 1 in binary says which keys are nulls for the set's sake
//! ```
//!
//! The set `()` is grouped by nothing, so that it has a row where there are none.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array};
use arrow_schema::{DataType, FieldRef, Fields};
use datafusion_expr::{Expr as Planned, GroupingSet};
use expr::Expr;

use crate::error::SqlError;

/// What is grouped by.
pub(super) struct Sets<'a> {
    /// All keys.
    pub(super) keys: Vec<&'a Planned>,
    /// Which of them each set has; without sets that is all of them, once.
    sets: Option<Vec<Vec<bool>>>,
}

impl<'a> Sets<'a> {
    pub(super) fn of(groups: &'a [Planned]) -> Result<Self, SqlError> {
        let [Planned::GroupingSet(set)] = groups else {
            if groups.iter().any(|group| matches!(group, Planned::GroupingSet(_))) {
                return Err(SqlError::not_yet("GROUPING SETS beside other keys"));
            }
            return Ok(Self { keys: groups.iter().collect(), sets: None });
        };
        let keys = set.distinct_expr();
        let has = |members: &[Planned]| keys.iter().map(|key| members.contains(key)).collect::<Vec<bool>>();
        let sets: Vec<Vec<bool>> = match set {
            GroupingSet::GroupingSets(sets) => sets.iter().map(|members| has(members)).collect(),
            GroupingSet::Rollup(members) => {
                (0..=members.len()).rev().map(|length| has(&members[..length])).collect()
            }
            GroupingSet::Cube(members) => {
                let subset = |bits: usize| {
                    let chosen = members.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 0);
                    has(&chosen.map(|(_, member)| member.clone()).collect::<Vec<_>>())
                };
                if members.len() > 12 {
                    return Err(SqlError::new(format!("CUBE of {} keys has too many sets", members.len())));
                }
                (0..1 << members.len()).map(subset).collect()
            }
        };
        Ok(Self { keys, sets: Some(sets) })
    }

    /// Whether there is a set that is grouped by: one with keys, or no sets but all rows as one group.
    pub(super) fn has_keys(&self) -> bool {
        self.sets.as_ref().is_none_or(|sets| sets.iter().any(|set| set.contains(&true)))
    }

    /// How many of the sets are `()`.
    pub(super) fn totals(&self) -> usize {
        self.sets.iter().flatten().filter(|set| !set.contains(&true)).count()
    }

    /// What the set `()` has in the columns that others are grouped by.
    pub(super) fn total(&self, planned: &Fields) -> Vec<Expr> {
        let fields = &planned[..self.columns()];
        let null = |field: &FieldRef| Expr::Literal(arrow_array::new_null_array(field.data_type(), 1));
        let mut columns: Vec<Expr> = fields.iter().map(null).collect();
        if let (Some(last), Some(field)) = (columns.last_mut(), fields.last()) {
            *last = number((1 << self.keys.len()) - 1, field.data_type());
        }
        columns
    }

    /// How many columns are grouped by: the keys, and with sets the number of a set.
    pub(super) fn columns(&self) -> usize {
        self.keys.len() + usize::from(self.sets.is_some())
    }

    /// The columns that are grouped by, of each set, for keys of these types.
    pub(super) fn of_each(
        &self,
        keys: &[Expr],
        types: &[DataType],
        number_type: &DataType,
    ) -> Result<Vec<Vec<Expr>>, SqlError> {
        let Some(sets) = &self.sets else { return Ok(vec![keys.to_vec()]) };
        let of_set = |(place, members): (usize, &Vec<bool>)| {
            let mut columns = Vec::with_capacity(keys.len() + 1);
            // Sets that are there twice are told apart by what stands above the keys.
            let earlier = sets[..place].iter().filter(|set| *set == members).count();
            let mut of_set = i64::try_from(earlier).map_err(SqlError::new)?;
            for ((key, data_type), is_member) in keys.iter().zip(types).zip(members) {
                of_set = of_set << 1 | i64::from(!is_member);
                columns.push(match is_member {
                    true => key.clone(),
                    false => Expr::Literal(arrow_array::new_null_array(data_type, 1)),
                });
            }
            columns.push(number(of_set, number_type));
            Ok(columns)
        };
        let with_keys = sets.iter().enumerate().filter(|(_, members)| members.contains(&true));
        with_keys.map(of_set).collect()
    }
}

/// The number of a set.
fn number(number: i64, data_type: &DataType) -> Expr {
    let number: ArrayRef = Arc::new(Int64Array::from(vec![number]));
    let number = Box::new(Expr::Literal(number));
    Expr::Cast { expr: number, to: data_type.clone(), is_lenient: false }
}
