//! Which rows an operator sends that take others back, and which of them whoever reads it has to hear.
//!
//! ```text
//!   Aggregate  [I,UA]   knows rows by their key: it may leave the former ones out    ▲
//!     Calc     [I,UA]   passes on what comes                                         │ who has to hear what a row was?
//!       Sink            takes a new row in place of the former one ──────────────────┘
//! ```
//!
//! While operators are added, each says what it sends and what it has to hear. When the program is complete, from its end to
//! its beginning: who knows rows by a key leaves out what they were (`-U`), if nobody behind it has to hear that. Where one of
//! several readers has to, all hear it. Who says nothing hears everything: that is never wrong.

use std::fmt;

use plan::{Factory, NodeId, StreamGraph};

use super::Planner;

/// Kinds of rows beside new ones, under Flink's names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds {
    /// `+U`.
    pub(super) update_after: bool,
    /// `-U`.
    pub(super) update_before: bool,
    /// `-D`.
    pub(super) delete: bool,
}

impl Kinds {
    const ALL: Self = Self { update_after: true, update_before: true, delete: true };
    /// Rows come and go, and none changes.
    pub(super) const DELETES: Self = Self { delete: true, ..Self::INSERTS };
    /// Rows that stay.
    const INSERTS: Self = Self { update_after: false, update_before: false, delete: false };

    /// Rows that change, and that go if this is so.
    pub(super) fn updates(delete: bool) -> Self {
        Self { delete, ..Self::ALL }
    }

    fn and(self, other: Self) -> Self {
        Self {
            update_after: self.update_after || other.update_after,
            update_before: self.update_before || other.update_before,
            delete: self.delete || other.delete,
        }
    }
}

impl fmt::Display for Kinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [("UB", self.update_before), ("UA", self.update_after), ("D", self.delete)];
        let sent = words.iter().filter(|(_, is_sent)| *is_sent).map(|(word, _)| format!(",{word}"));
        write!(f, "[I{}]", sent.collect::<String>())
    }
}

/// Which rows of its inputs an operator has to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hears {
    /// All.
    All,
    /// What a row was only if somebody behind it has to hear that.
    AsItsReaders,
    /// Not what a row was: the new one takes its place.
    NewRows,
}

/// What an operator does about rows that take others back.
pub(super) struct Changelog {
    pub(super) hears: Hears,
    pub(super) sends: Sends,
}

/// Which rows it sends.
pub(super) enum Sends {
    /// All kinds that its inputs send.
    AsItsInputs,
    /// These kinds.
    Own(Kinds),
    /// These kinds; made like this, what a row was is left out, and the new one takes its place by a key.
    ByKey(Kinds, Factory),
}

impl Default for Changelog {
    fn default() -> Self {
        Self { hears: Hears::All, sends: Sends::Own(Kinds::ALL) }
    }
}

impl Changelog {
    /// Of an operator that passes on what comes.
    pub(super) fn passing(hears: Hears) -> Self {
        Self { hears, sends: Sends::AsItsInputs }
    }

    /// Of an operator that hears everything.
    pub(super) fn sending(sends: Sends) -> Self {
        Self { hears: Hears::All, sends }
    }
}

/// What is known of an operator of the program.
pub(super) struct Known {
    pub(super) changelog: Changelog,
    /// Whether its rows take others back at all.
    pub(super) changes: bool,
}

impl Planner {
    /// The program. What a row was is left out where nobody has to hear it.
    pub(crate) fn finish(self) -> StreamGraph {
        self.settled().0
    }

    /// The same program, whose operators have in their names which kinds of rows they send.
    pub(crate) fn finish_explained(self) -> StreamGraph {
        let (mut graph, kinds) = self.settled();
        for (node, (id, kinds)) in (0..).zip(kinds).enumerate() {
            let is_read = graph.outputs(id).next().is_some();
            let words = if is_read { kinds.to_string() } else { "[NONE]".to_owned() };
            graph.nodes[node].name.push_str(&format!(", changelogMode={words}"));
        }
        graph
    }

    fn settled(mut self) -> (StreamGraph, Vec<Kinds>) {
        self.sieve_scans();
        let heard = self.heard();
        let mut sent: Vec<Kinds> = Vec::with_capacity(self.known.len());
        for (id, (known, is_heard)) in (0..).zip(self.known.drain(..).zip(heard)) {
            let kinds = match known.changelog.sends {
                _ if !known.changes => Kinds::INSERTS,
                Sends::Own(kinds) => kinds,
                Sends::ByKey(kinds, _) if is_heard => kinds,
                Sends::ByKey(kinds, without_former) => {
                    self.graph.nodes[place(id)].factory = without_former;
                    Kinds { update_before: false, ..kinds }
                }
                Sends::AsItsInputs => {
                    let inputs = self.graph.inputs(id).map(|edge| sent[place(edge.from)]);
                    inputs.fold(Kinds::INSERTS, Kinds::and)
                }
            };
            sent.push(kinds);
        }
        (self.graph, sent)
    }

    /// Whether somebody behind each operator has to hear what a row was. Whoever reads stands behind whom he reads.
    fn heard(&self) -> Vec<bool> {
        let mut heard = vec![false; self.known.len()];
        let end = NodeId::try_from(self.known.len()).expect("fewer operators than a planner could bear");
        for id in (0..end).rev() {
            heard[place(id)] = self.graph.outputs(id).any(|(_, edge)| {
                let reader = place(edge.to);
                match self.known[reader].changelog.hears {
                    Hears::All => true,
                    Hears::AsItsReaders => heard[reader],
                    Hears::NewRows => false,
                }
            });
        }
        heard
    }
}

fn place(id: NodeId) -> usize {
    usize::try_from(id).expect("a number of an operator of this program")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_written_as_flink_writes_them() {
        assert_eq!(Kinds::INSERTS.to_string(), "[I]");
        assert_eq!(Kinds::DELETES.to_string(), "[I,D]");
        assert_eq!(Kinds::updates(false).to_string(), "[I,UB,UA]");
        assert_eq!(Kinds::DELETES.and(Kinds::updates(false)).to_string(), "[I,UB,UA,D]");
        let by_key = Kinds { update_before: false, ..Kinds::ALL };
        assert_eq!(by_key.to_string(), "[I,UA,D]");
    }
}
