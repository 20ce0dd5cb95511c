//! What is chained and what is not, what is refused, and how plans print.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use arrow_schema::{DataType, Field};
use memory::{KeyGroups, Lease, Reservation, SpillDirectories};
use operators::{Cx, Layout, Mode, OperatorSeat, Poll, Source};
use options::Settings;
use runtime::job::JobId;
use runtime::plane::bridge::Poke;
use runtime::subtask::{Failure, Place, Seat};

use crate::explain;
use crate::{
    Chaining, ExchangeMode, Factory, JobGraph, JobSpec, Partition, StreamEdge, StreamGraph, StreamNode,
    key_groups,
};

fn layout() -> Layout {
    let fields = vec![Field::new("word", DataType::Utf8View, false), Field::new("n", DataType::Int64, false)];
    Layout::of(fields.into()).keyed_by(vec![0])
}

fn node(name: &str, ports: usize, parallelism: u32) -> StreamNode {
    let nothing = || Failure::lasting("only planned, never made");
    let factory = match ports {
        0 => Factory::Source(Arc::new(move |_| Err(nothing())), None),
        _ => Factory::Operator(Arc::new(move |_| Err(nothing()))),
    };
    StreamNode {
        name: name.to_owned(),
        uid: None,
        parallelism,
        groups: KeyGroups::default(),
        chaining: Chaining::Always,
        slot_group: "default".to_owned(),
        ports,
        bounded: true,
        sides: Vec::new(),
        managed_weight: 0,
        factory,
    }
}

fn edge(from: u32, to: u32, partition: Partition) -> StreamEdge {
    let (exchange, layout) = (ExchangeMode::Pipelined, layout());
    StreamEdge { from, output: 0, to, port: 0, partition, exchange, layout, timeout: None }
}

fn graph(nodes: Vec<StreamNode>, edges: Vec<StreamEdge>) -> StreamGraph {
    StreamGraph { name: "words".to_owned(), mode: Mode::Batch, chaining: true, nodes, edges }
}

/// A source and a map, forward, with two subtasks each.
fn two() -> StreamGraph {
    graph(vec![node("Source", 0, 2), node("Map", 1, 2)], vec![edge(0, 1, Partition::Forward)])
}

fn vertices(graph: StreamGraph) -> Vec<String> {
    let job = JobGraph::of(graph).unwrap();
    job.vertices.into_iter().map(|vertex| vertex.name).collect()
}

type Change = fn(&mut StreamGraph);

#[test]
fn operators_are_chained_under_the_conditions_of_flink() {
    let chained = ["Source -> Map"];
    let apart = ["Source", "Map"];
    assert_eq!(vertices(two()), chained);
    let changes: [(&str, Change, &[&str]); 9] = [
        ("the program objects", |graph| graph.chaining = false, &apart),
        ("rows are dealt out", |graph| graph.edges[0].partition = Partition::Rebalance, &apart),
        ("rows go to their key", |graph| graph.edges[0].partition = Partition::Hash, &apart),
        ("rows wait on disk", |graph| graph.edges[0].exchange = ExchangeMode::Blocking, &apart),
        ("the first objects", |graph| graph.nodes[0].chaining = Chaining::Never, &apart),
        ("the second objects", |graph| graph.nodes[1].chaining = Chaining::Never, &apart),
        ("the second begins a chain", |graph| graph.nodes[1].chaining = Chaining::Head, &apart),
        ("the first begins a chain", |graph| graph.nodes[0].chaining = Chaining::Head, &chained),
        ("slots are not shared", |graph| graph.nodes[1].slot_group = "own".to_owned(), &apart),
    ];
    for (what, change, expected) in changes {
        let mut graph = two();
        change(&mut graph);
        assert_eq!(vertices(graph), expected, "{what}");
    }
    let two_inputs = graph(
        vec![node("A", 0, 1), node("B", 0, 1), node("Union", 1, 1)],
        vec![edge(0, 2, Partition::Forward), edge(1, 2, Partition::Forward)],
    );
    assert_eq!(vertices(two_inputs), ["A", "B", "Union"]);
}

#[test]
fn slots_are_those_of_the_widest_chain_of_each_group() {
    let mut graph = graph(
        vec![node("A", 0, 2), node("B", 1, 5), node("C", 1, 3)],
        vec![edge(0, 1, Partition::Rebalance), edge(1, 2, Partition::Rebalance)],
    );
    assert_eq!(JobGraph::of(graph.clone()).unwrap().slots(), 5);
    graph.nodes[2].slot_group = "own".to_owned();
    assert_eq!(JobGraph::of(graph).unwrap().slots(), 8);
}

#[test]
fn what_cannot_run_is_refused_with_what_to_do() {
    let mut unequal = two();
    unequal.nodes[1].parallelism = 3;
    let mut crowded = two();
    crowded.nodes.iter_mut().for_each(|node| node.parallelism = 200);
    for (graph, begins) in [
        (graph(Vec::new(), Vec::new()), "the program has no operator"),
        (unequal, "Source (2 subtasks) is connected forward with Map (3 subtasks)"),
        (crowded, "Source has parallelism 200 and 128 key groups"),
    ] {
        let error = JobGraph::of(graph).unwrap_err().to_string();
        assert!(error.starts_with(begins), "{error}");
    }
}

/// Words that are counted: two subtasks, a blocking exchange, a side output.
fn words() -> JobGraph {
    let mut graph = graph(
        vec![node("Source: \"lines\"", 0, 2), node("Flat Map", 1, 2), node("Sum", 1, 3), node("Sink", 1, 3)],
        vec![
            edge(0, 1, Partition::Forward),
            edge(1, 2, Partition::Hash),
            edge(2, 3, Partition::Forward),
            edge(1, 3, Partition::Rebalance),
        ],
    );
    graph.edges[1].exchange = ExchangeMode::Blocking;
    graph.edges[3].output = 1;
    graph.edges.iter_mut().filter(|edge| edge.to != 2).for_each(|edge| edge.layout = edge.layout.unkeyed());
    JobGraph::of(graph).unwrap()
}

#[test]
fn a_plan_is_text_for_people() {
    let expected = "words (batch, 3 slots)\n\
        \x20 0  Source: \"lines\" -> Flat Map    2 subtasks\n\
        \x20 1  Sum                            3 subtasks\n\
        \x20      ◄ 0  hash [word], blocking\n\
        \x20 2  Sink                           3 subtasks\n\
        \x20      ◄ 1  forward\n\
        \x20      ◄ 0  rebalance, side output 1\n";
    assert_eq!(explain::text(&words()), expected);
}

#[test]
fn a_plan_is_a_picture() {
    let dot = explain::graphviz(&words());
    assert!(dot.starts_with("digraph job {\n") && dot.ends_with("}\n"));
    for line in [
        "  subgraph cluster_0 {\n    label = \"×2\";\n    n0 [label = \"Source: 'lines'\"];\n    n1 [label = \"Flat Map\"];\n  }\n",
        "  n1 -> n2 [label = \"hash, blocking\"];\n",
        "  n1 -> n3 [label = \"rebalance, side 1\"];\n",
    ] {
        assert!(dot.contains(line), "{dot}");
    }
    let mermaid = explain::mermaid(&words());
    for line in [
        "flowchart LR\n",
        "  subgraph chain1[\"×3\"]\n    n2[\"Sum\"]\n  end\n",
        "  n1 -->|hash, blocking| n2\n",
    ] {
        assert!(mermaid.contains(line), "{mermaid}");
    }
}

#[test]
fn a_plan_is_json_for_programs() {
    let json = explain::json(&words());
    assert_eq!((&json["name"], &json["mode"], &json["slots"]), (&"words".into(), &"BATCH".into(), &3.into()));
    let sum = &json["nodes"][2];
    assert_eq!(
        (&sum["pact"], &sum["parallelism"], &sum["chain"]),
        (&"Operator".into(), &3.into(), &1.into())
    );
    let from = &sum["predecessors"][0];
    assert_eq!((&from["ship_strategy"], &from["exchange_mode"]), (&"HASH".into(), &"BLOCKING".into()));
    assert_eq!(json["nodes"][0]["pact"], "Data Source");
    assert_eq!(json["nodes"][3]["pact"], "Data Sink");
    assert_eq!(json["chains"].as_array().unwrap().len(), 3);
}

/// A source that is never asked.
struct Silent;

impl Source for Silent {
    fn poll(&mut self, _cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        Ok(Poll::End)
    }
}

struct Nobody;

impl Poke for Nobody {
    fn poke(&self) {}
}

#[test]
fn who_takes_the_memory_it_can_get_leaves_others_their_share() {
    const SHARE: u64 = 1 << 20;
    let taken = Arc::new(Mutex::new(Vec::new()));
    let granted = Arc::new(AtomicBool::new(false));
    let mut program = two();
    program.nodes.iter_mut().for_each(|node| (node.managed_weight, node.parallelism) = (1, 1));
    program.nodes[0].factory = {
        let taken = taken.clone();
        let make = move |seat: &OperatorSeat| {
            taken.lock().unwrap().extend(std::iter::from_fn(|| seat.managed.reserve(64 << 10)));
            Ok(Box::new(Silent) as Box<dyn Source>)
        };
        Factory::Source(Arc::new(make), None)
    };
    program.nodes[1].factory = {
        let granted = granted.clone();
        Factory::Operator(Arc::new(move |seat| {
            granted.store(seat.managed.reserve(SHARE).is_some(), Ordering::Relaxed);
            Err(Failure::lasting("it has seen enough"))
        }))
    };
    let settings = Settings::new();
    let spills = Arc::new(SpillDirectories::open(&settings).unwrap());
    let graph = JobGraph::of(program).unwrap().execution(&JobSpec::of(&settings, 2 * SHARE, spills));
    assert_eq!((graph.vertices.len(), graph.vertices[0].managed_bytes), (1, 2 * SHARE));
    let managed = Lease::root("managed", 2 * SHARE).child("chain", 2 * SHARE, 2 * SHARE).unwrap();
    let place =
        Place { job: JobId(0), attempt: 0, vertex: 0, number: 0, parallelism: 1, name: "chain".into() };
    let seat = Seat { place, managed, plane: None, poke: Arc::new(Nobody) };
    assert!(graph.vertices[0].maker.make(&seat).is_err());
    let taken: u64 = taken.lock().unwrap().iter().map(Reservation::bytes).sum();
    assert!(granted.load(Ordering::Relaxed) && taken == SHARE, "{taken} bytes were taken");
}

#[test]
fn key_groups_are_those_of_flink() {
    assert_eq!(
        [1, 85, 86, 128, 200, 30_000].map(|parallelism| key_groups(parallelism, None).count()),
        [128, 128, 256, 256, 512, 32_768]
    );
    assert_eq!(key_groups(200, Some(7)).count(), 7);
}
