//! Orders that are found, by reasoning and against a look at all trees.

use proptest::prelude::*;

use super::search::{Condition, Edge, Graph, Set, Tree};

fn edge(left: usize, right: usize, share: f64) -> Edge {
    Edge { left: 1 << left, right: 1 << right, share }
}

fn graph(rows: &[f64], edges: Vec<Edge>) -> Graph {
    Graph { rows: rows.to_vec(), edges, conditions: Vec::new() }
}

fn one(relation: usize) -> Tree {
    Tree::Relation(relation)
}

fn join(left: Tree, right: Tree) -> Tree {
    Tree::Join(Box::new(left), Box::new(right))
}

#[test]
fn what_leaves_few_rows_of_a_dimension_is_joined_with_it_first() {
    // Lines of suppliers of five nations out of twenty-five: five nations leave a fifth of the suppliers.
    let lines = graph(&[1e6, 1e4, 5.0], vec![edge(0, 1, 1e-4), edge(1, 2, 1.0 / 25.0)]);
    assert_eq!(lines.cheapest(), join(one(0), join(one(1), one(2))));
}

#[test]
fn of_two_dimensions_the_one_that_leaves_fewer_rows_comes_first() {
    let star = graph(&[1e6, 50.0, 1e3], vec![edge(0, 1, 1e-2), edge(0, 2, 1e-4)]);
    // 50 of 100 leave a half, 1000 of 10000 a tenth.
    assert_eq!(star.cheapest(), join(join(one(0), one(2)), one(1)));
}

#[test]
fn products_are_made_last_and_smallest_first() {
    // Nothing joins 3, a single row.
    let apart = graph(&[1e5, 1e3, 1e3, 1.0], vec![edge(0, 1, 1e-3), edge(1, 2, 1e-3)]);
    let Tree::Join(left, right) = apart.cheapest() else { panic!("it has four relations") };
    assert_eq!(*right, one(3));
    assert_eq!(relations(&left), 0b111);
}

#[test]
fn a_key_of_two_relations_waits_for_both() {
    // a.x + b.y = c.z
    let of_two = Edge { left: 0b011, right: 0b100, share: 1e-6 };
    let graph = graph(&[1e3, 1e3, 1e3], vec![of_two, edge(0, 1, 1e-3)]);
    assert_eq!(relations(&graph.cheapest()), 0b111);
    let Tree::Join(left, right) = graph.cheapest() else { panic!("it has three relations") };
    let sides = [relations(&left), relations(&right)];
    assert!(sides.contains(&0b100) && sides.contains(&0b011), "{sides:?}");
}

#[test]
fn many_relations_are_joined_along_their_keys() {
    let chain = (0..29).map(|relation| edge(relation, relation + 1, 1e-3)).collect();
    let graph = graph(&[1e3; 30], chain);
    let tree = graph.cheapest();
    assert_eq!(relations(&tree), (1 << 30) - 1);
    assert!(has_no_product(&graph, &tree));
}

fn relations(tree: &Tree) -> Set {
    match tree {
        Tree::Relation(relation) => 1 << relation,
        Tree::Join(left, right) => {
            assert_eq!(relations(left) & relations(right), 0, "each is there once");
            relations(left) | relations(right)
        }
    }
}

fn has_edge(graph: &Graph, left: Set, right: Set) -> bool {
    let joins = |edge: &Edge, left: Set, right: Set| edge.left & !left == 0 && edge.right & !right == 0;
    graph.edges.iter().any(|edge| joins(edge, left, right) || joins(edge, right, left))
}

fn has_no_product(graph: &Graph, tree: &Tree) -> bool {
    let Tree::Join(left, right) = tree else { return true };
    has_edge(graph, relations(left), relations(right))
        && has_no_product(graph, left)
        && has_no_product(graph, right)
}

fn rows_of(graph: &Graph, set: Set) -> f64 {
    let rows: f64 = (0..graph.rows.len()).filter(|it| set & 1 << it != 0).map(|it| graph.rows[it]).product();
    let edges = graph.edges.iter().map(|edge| (edge.left | edge.right, edge.share));
    let conditions = graph.conditions.iter().map(|condition| (condition.of, condition.share));
    let shares = edges.chain(conditions).filter(|(of, _)| of & !set == 0).map(|(_, share)| share);
    (rows * shares.product::<f64>()).max(1.0)
}

/// What a tree costs: all rows that go into joins, twice more those that are kept, and all that come out.
fn cost(graph: &Graph, tree: &Tree) -> f64 {
    let Tree::Join(left, right) = tree else { return 0.0 };
    let (of_left, of_right) = (relations(left), relations(right));
    let [one, other] = [of_left, of_right].map(|set| rows_of(graph, set));
    let own = one + other + 2.0 * one.min(other) + rows_of(graph, of_left | of_right);
    own + cost(graph, left) + cost(graph, right)
}

/// All trees of a set without products.
fn all_trees(graph: &Graph, set: Set) -> Vec<Tree> {
    if set.count_ones() == 1 {
        return vec![one(usize::try_from(set.trailing_zeros()).unwrap())];
    }
    let halves = (1..set).filter(|half| half & !set == 0 && half & 1 << set.trailing_zeros() != 0);
    let halves = halves.filter(|half| has_edge(graph, *half, set & !half));
    halves
        .flat_map(|half| {
            let rights = all_trees(graph, set & !half);
            all_trees(graph, half)
                .into_iter()
                .flat_map(move |left| rights.clone().into_iter().map(move |right| join(left.clone(), right)))
        })
        .collect()
}

proptest! {
    /// Of all trees without products none is cheaper.
    #[test]
    fn the_cheapest_of_all_trees_is_found(
        sizes in prop::collection::vec(0_u32..7, 2..6),
        parents in prop::collection::vec(0_usize..5, 5),
        shares in prop::collection::vec(0_u32..6, 6),
        other in (0_usize..6, 0_usize..6),
        condition in (1_u64..32, 0_u32..3),
    ) {
        let count = sizes.len();
        let share = |exponent: u32| 10_f64.powi(-i32::try_from(exponent).unwrap());
        let mut edges: Vec<Edge> =
            (1..count).map(|child| edge(parents[child - 1] % child, child, share(shares[child]))).collect();
        if other.0 % count != other.1 % count {
            edges.push(edge(other.0 % count, other.1 % count, share(shares[0])));
        }
        let all = (1 << count) - 1;
        let conditions = vec![Condition { of: condition.0 & all, share: share(condition.1) }];
        let rows = sizes.iter().map(|size| 10_f64.powi(i32::try_from(*size).unwrap())).collect();
        let graph = Graph { rows, edges, conditions };
        let found = graph.cheapest();
        prop_assert_eq!(relations(&found), all);
        prop_assert!(has_no_product(&graph, &found));
        let least = all_trees(&graph, all).iter().map(|tree| cost(&graph, tree)).fold(f64::INFINITY, f64::min);
        prop_assert!(cost(&graph, &found) <= least * (1.0 + 1e-9), "{:?}", found);
    }
}
