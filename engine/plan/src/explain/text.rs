//! A job as text, for people.

use std::fmt::Write;

use crate::job_graph::JobGraph;

/// The chains of a job, each with its operators, and where their rows come from.
///
/// ```text
/// word count (batch, 2 slots)
///   0  Source: lines -> flat map    2 subtasks
///   1  sum -> Sink: print           2 subtasks
///        ◄ 0  hash [f0]
/// ```
pub fn text(job: &JobGraph) -> String {
    let mut out = String::new();
    let mode = format!("{:?}", job.program.mode).to_lowercase();
    let _ = writeln!(out, "{} ({mode}, {})", job.program.name, plural(job.slots(), "slot"));
    let widest = job.vertices.iter().map(|vertex| vertex.name.chars().count()).max().unwrap_or(0);
    for (number, vertex) in job.vertices.iter().enumerate() {
        let padding = " ".repeat(widest - vertex.name.chars().count());
        let subtasks = plural(vertex.parallelism, "subtask");
        let _ = writeln!(out, "{number:>3}  {}{padding}    {subtasks}", vertex.name);
        for edge in job.edges.iter().filter(|edge| edge.to == number) {
            let stream = job.stream(edge);
            let _ = write!(out, "       ◄ {}  {}", edge.from, stream.partition);
            let key: Vec<&str> = stream
                .layout
                .key()
                .iter()
                .map(|column| stream.layout.schema().field(*column).name().as_str())
                .collect();
            if !key.is_empty() {
                let _ = write!(out, " [{}]", key.join(", "));
            }
            if stream.layout.has_kinds() {
                out.push_str(", changes");
            }
            if stream.is_blocking() {
                out.push_str(", blocking");
            }
            if stream.output > 0 {
                let _ = write!(out, ", side output {}", stream.output);
            }
            if stream.port > 0 {
                let _ = write!(out, ", input {}", stream.port + 1);
            }
            out.push('\n');
        }
    }
    out
}

fn plural(count: u32, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
