//! A job as a picture: boxes in boxes for Graphviz, and for Mermaid.

use std::fmt::Write;

use crate::job_graph::JobGraph;
use crate::stream_graph::StreamEdge;

/// For `dot`.
pub fn graphviz(job: &JobGraph) -> String {
    let mut out = String::from("digraph job {\n  rankdir = LR;\n  node [shape = box, style = rounded];\n");
    for (number, vertex) in job.vertices.iter().enumerate() {
        let _ = writeln!(out, "  subgraph cluster_{number} {{\n    label = \"×{}\";", vertex.parallelism);
        for node in &vertex.nodes {
            let _ = writeln!(out, "    n{node} [label = \"{}\"];", escape(&job.program.node(*node).name));
        }
        out.push_str("  }\n");
    }
    for edge in &job.program.edges {
        let _ = writeln!(out, "  n{} -> n{} [label = \"{}\"];", edge.from, edge.to, label(edge));
    }
    out.push_str("}\n");
    out
}

/// For Markdown that draws Mermaid.
pub fn mermaid(job: &JobGraph) -> String {
    let mut out = String::from("flowchart LR\n");
    for (number, vertex) in job.vertices.iter().enumerate() {
        let _ = writeln!(out, "  subgraph chain{number}[\"×{}\"]", vertex.parallelism);
        for node in &vertex.nodes {
            let _ = writeln!(out, "    n{node}[\"{}\"]", escape(&job.program.node(*node).name));
        }
        out.push_str("  end\n");
    }
    for edge in &job.program.edges {
        let _ = writeln!(out, "  n{} -->|{}| n{}", edge.from, label(edge), edge.to);
    }
    out
}

fn label(edge: &StreamEdge) -> String {
    let blocking = if edge.is_blocking() { ", blocking" } else { "" };
    match edge.output {
        0 => format!("{}{blocking}", edge.partition),
        side => format!("{}{blocking}, side {side}", edge.partition),
    }
}

fn escape(text: &str) -> String {
    text.replace('"', "'")
}
