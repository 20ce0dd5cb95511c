//! Why a program cannot run.

use runtime::job::GraphError;

/// What is wrong with a program, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// There is nothing to run.
    #[error("the program has no operator; add a source and a sink")]
    Empty,
    /// Rows cannot stay where they are.
    #[error(
        "{from} ({senders} subtasks) is connected forward with {to} ({receivers} subtasks); give both the same parallelism, or rebalance"
    )]
    UnequalForward {
        /// Who sends.
        from: String,
        /// Its parallelism.
        senders: u32,
        /// Who receives.
        to: String,
        /// Its parallelism.
        receivers: u32,
    },
    /// Some subtasks would never have a key.
    #[error(
        "{operator} has parallelism {parallelism} and {groups} key groups; lower the one, or raise pipeline.max-parallelism"
    )]
    MoreThanGroups {
        /// Which operator.
        operator: String,
        /// How many subtasks it has.
        parallelism: u32,
        /// How many key groups.
        groups: u32,
    },
    /// A column cannot be part of a key.
    #[error(
        "{operator} cannot have {column} in its key: values of type {type_name} cannot be hashed; make the key of another column, or cast it"
    )]
    NoKey {
        /// Which operator.
        operator: String,
        /// Which column.
        column: String,
        /// Its Arrow type.
        type_name: String,
    },
    /// The worker cannot run it.
    #[error(transparent)]
    Graph(#[from] GraphError),
}
