//! The cheapest tree of joins over a graph: of all trees for a few relations, by steps that look best for many.
//!
//! P. Selinger et al., 1979, but with bushy trees (dynamic programming over sets of relations); beyond
//! [`RELATIONS_MAX`] relations L. Fegaras' greedy order of operators, 1998. Knows numbers alone.

/// So many relations are tried in all orders: 3ⁿ pairs of sets.
const RELATIONS_MAX: usize = 10;
/// More relations than a set has places for stay as they are.
pub(super) const SET_MAX: usize = 64;

/// Relations by their numbers.
pub(super) type Set = u64;

/// Relations, and what holds between them.
#[derive(Clone, Debug, Default)]
pub(super) struct Graph {
    /// About how many rows each relation has.
    pub(super) rows: Vec<f64>,
    pub(super) edges: Vec<Edge>,
    pub(super) conditions: Vec<Condition>,
}

/// Keys of both sides that are equal.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) left: Set,
    pub(super) right: Set,
    /// Which share of all pairs has equal keys.
    pub(super) share: f64,
}

/// What is asked beside that, once these relations are joined.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition {
    pub(super) of: Set,
    pub(super) share: f64,
}

/// Joins, or a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tree {
    Relation(usize),
    Join(Box<Tree>, Box<Tree>),
}

/// A tree, and what it costs.
#[derive(Clone, Debug)]
struct Plan {
    tree: Tree,
    set: Set,
    rows: f64,
    cost: f64,
}

impl Graph {
    /// The cheapest tree of all relations. Products are made last, and only of what no keys join.
    pub(super) fn cheapest(&self) -> Tree {
        let mut plans: Vec<Plan> = (0..self.rows.len()).map(|relation| self.relation(relation)).collect();
        let parts = self.parts();
        plans = parts.into_iter().map(|part| self.cheapest_of(part, &plans)).collect();
        while plans.len() > 1 {
            plans = self.with_best_pair(plans, |_, _| true).unwrap_or_else(|plans| plans);
        }
        plans.swap_remove(0).tree
    }

    fn relation(&self, relation: usize) -> Plan {
        let set = 1 << relation;
        Plan { tree: Tree::Relation(relation), set, rows: self.rows_of(set), cost: 0.0 }
    }

    /// The sets of relations that keys join.
    fn parts(&self) -> Vec<Set> {
        let mut parts: Vec<Set> = (0..self.rows.len()).map(|relation| 1 << relation).collect();
        for edge in &self.edges {
            let (joined, others): (Vec<Set>, Vec<Set>) =
                parts.into_iter().partition(|part| part & (edge.left | edge.right) != 0);
            parts = others;
            parts.push(joined.into_iter().fold(0, |all, part| all | part));
        }
        parts.sort_by_key(|part| part.trailing_zeros());
        parts
    }

    fn cheapest_of(&self, part: Set, relations: &[Plan]) -> Plan {
        let own: Vec<Plan> = relations.iter().filter(|relation| relation.set & part != 0).cloned().collect();
        let found = if own.len() <= RELATIONS_MAX { self.of_all(&own) } else { None };
        found.unwrap_or_else(|| self.step_by_step(own))
    }

    /// By dynamic programming: the best tree of each set, from the best ones of two halves.
    fn of_all(&self, relations: &[Plan]) -> Option<Plan> {
        let count = relations.len();
        let mut best: Vec<Option<Plan>> = vec![None; 1 << count];
        for (number, relation) in relations.iter().enumerate() {
            best[1 << number] = Some(relation.clone());
        }
        for set in 1_usize..1 << count {
            let lowest = set & set.wrapping_neg();
            // One half has the lowest relation, so that no pair comes twice.
            let mut half = (set - 1) & set;
            while half > 0 {
                if half & lowest != 0
                    && let Some(joined) = self.joined(&best[half], &best[set & !half])
                    && best[set].as_ref().is_none_or(|best| joined.cost < best.cost)
                {
                    best[set] = Some(joined);
                }
                half = (half - 1) & set;
            }
        }
        best.pop().flatten()
    }

    fn joined(&self, one: &Option<Plan>, other: &Option<Plan>) -> Option<Plan> {
        let (one, other) = (one.as_ref()?, other.as_ref()?);
        self.has_edge(one.set, other.set).then(|| self.join(one, other))
    }

    /// Joins the two that make the fewest rows, again and again.
    fn step_by_step(&self, mut plans: Vec<Plan>) -> Plan {
        while plans.len() > 1 {
            let with_edges = self.with_best_pair(plans, |one, other| self.has_edge(one, other));
            plans = with_edges
                .or_else(|plans| self.with_best_pair(plans, |_, _| true))
                .unwrap_or_else(|plans| plans);
        }
        plans.swap_remove(0)
    }

    /// The two of those that may be joined which make the fewest rows are one; all of them again if there are none.
    fn with_best_pair(
        &self,
        mut plans: Vec<Plan>,
        may_join: impl Fn(Set, Set) -> bool,
    ) -> Result<Vec<Plan>, Vec<Plan>> {
        let mut best: Option<(usize, usize, f64)> = None;
        for one in 0..plans.len() {
            for other in one + 1..plans.len() {
                let (left, right) = (plans[one].set, plans[other].set);
                let rows = self.rows_of(left | right);
                if may_join(left, right) && best.is_none_or(|(_, _, fewest)| rows < fewest) {
                    best = Some((one, other, rows));
                }
            }
        }
        let Some((one, other, _)) = best else { return Err(plans) };
        let other = plans.remove(other);
        plans[one] = self.join(&plans[one], &other);
        Ok(plans)
    }

    /// The larger side stands on the left, the one that is kept on the right.
    fn join(&self, one: &Plan, other: &Plan) -> Plan {
        let (left, right) = if one.rows >= other.rows { (one, other) } else { (other, one) };
        let set = left.set | right.set;
        let rows = self.rows_of(set);
        // A row is sent, and looked up; one that is kept costs two more.
        let cost = left.cost + right.cost + left.rows + 3.0 * right.rows + rows;
        let tree = Tree::Join(Box::new(left.tree.clone()), Box::new(right.tree.clone()));
        Plan { tree, set, rows, cost }
    }

    fn has_edge(&self, one: Set, other: Set) -> bool {
        self.edges.iter().any(|edge| {
            let joins = |left: Set, right: Set| edge.left & !left == 0 && edge.right & !right == 0;
            joins(one, other) || joins(other, one)
        })
    }

    /// About how many rows these relations make, in whatever order they are joined.
    fn rows_of(&self, set: Set) -> f64 {
        let relations = (0..self.rows.len()).filter(|relation| set & 1 << relation != 0);
        let product: f64 = relations.map(|relation| self.rows[relation]).product();
        let edges = self.edges.iter().map(|edge| (edge.left | edge.right, edge.share));
        let conditions = self.conditions.iter().map(|condition| (condition.of, condition.share));
        let within = edges.chain(conditions).filter(|(of, _)| of & !set == 0);
        (product * within.map(|(_, share)| share).product::<f64>()).max(1.0)
    }
}
