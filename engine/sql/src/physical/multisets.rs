//! `INTERSECT ALL` and `EXCEPT ALL`: equal rows of both sides meet, and are counted.

use std::sync::Arc;

use operators::Operator;
use operators::multiset::{Keeps, Multiset};
use plan::{Factory, Make, Partition};

use super::changelog::{Changelog, Kinds, Sends};
use super::{Node, Planner, Rows};
use crate::error::SqlError;
use crate::rules::Multisets;

impl Planner {
    pub(super) fn multisets(&mut self, multisets: &Multisets) -> Result<Rows, SqlError> {
        let keyed = |rows: Rows| {
            let key = (0..rows.layout.record()).collect();
            Rows { layout: rows.layout.clone().keyed_by(key), ..rows }.routed(&Partition::Hash)
        };
        let left = keyed(self.rows(&multisets.left)?);
        let right = keyed(self.rows(&multisets.right)?);
        let keeps = if multisets.are_common { Keeps::Common } else { Keeps::Rest };
        let inputs = [left.layout.clone(), right.layout.clone()];
        let output = Multiset::output(&inputs, keeps, self.graph.mode);
        let make: Make<dyn Operator> = Arc::new(move |seat| {
            Ok(Box::new(Multiset::new(inputs.clone(), keeps, seat)?) as Box<dyn Operator>)
        });
        let node = Node::new(format!("Multiset [{keeps:?}]"), Factory::Operator(make)).stateful();
        let node = node.with(Changelog::sending(Sends::Own(Kinds::DELETES)));
        Ok(self.add(node, &[&left, &right], output))
    }
}
