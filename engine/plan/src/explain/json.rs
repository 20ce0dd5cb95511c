//! A job as JSON, in the form that Flink's plan visualizer reads: nodes with their predecessors.

use serde_json::{Value, json};

use crate::job_graph::JobGraph;

/// The operators of a job with their chains, and the streams between them.
pub fn json(job: &JobGraph) -> Value {
    let program = &job.program;
    let chain_of = |node: u32| job.vertices.iter().position(|vertex| vertex.nodes.contains(&node));
    let nodes = (0..).zip(&program.nodes).map(|(id, node)| {
        let predecessors: Vec<Value> = program
            .inputs(id)
            .map(|edge| {
                json!({
                    "id": edge.from,
                    "ship_strategy": edge.partition.to_string().to_uppercase(),
                    "exchange_mode": format!("{:?}", edge.exchange).to_uppercase(),
                    "side": if edge.port == 0 { "first" } else { "second" },
                    "output": edge.output,
                })
            })
            .collect();
        let role = match node.ports {
            0 => "Data Source",
            _ if program.outputs(id).next().is_none() => "Data Sink",
            _ => "Operator",
        };
        json!({
            "id": id,
            "type": node.name,
            "pact": role,
            "contents": node.name,
            "parallelism": node.parallelism,
            "max_parallelism": node.groups.count(),
            "slot_sharing_group": node.slot_group,
            "uid": node.uid,
            "chain": chain_of(id),
            "predecessors": predecessors,
        })
    });
    json!({
        "name": program.name,
        "mode": format!("{:?}", program.mode).to_uppercase(),
        "slots": job.slots(),
        "chains": job.vertices.iter().map(|vertex| json!({
            "name": vertex.name,
            "nodes": vertex.nodes,
            "parallelism": vertex.parallelism,
        })).collect::<Vec<_>>(),
        "nodes": nodes.collect::<Vec<_>>(),
    })
}
