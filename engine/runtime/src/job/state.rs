//! How far a job and its subtasks are, in Flink's words.
//!
//! ```text
//!   job       created ──► running ──► finished
//!                ▲ │         │
//!                │ └────┬────┤
//!     restarting ◄── failing │──► failed            canceling and suspended can be reached from every state
//!                            └──► canceling ──► canceled                        from which there is a way out
//!
//!   subtask   created ──► scheduled ──► deploying ──► running ──► finished
//!                 └───────────┴─────────────┴────────────┴──► canceling ──► canceled
//!                                                └───────────────┴────────► failed
//! ```
//!
//! A state says what is being done; each change is asserted against the tables here, so a coordinator that has lost its
//! way stops instead of going on.

use std::fmt;

/// The state of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum JobState {
    /// It is known, and its subtasks are being deployed.
    Created,
    /// All of its subtasks were told to run.
    Running,
    /// A subtask has failed, and the others are being stopped.
    Failing,
    /// It has failed and is not started again.
    Failed,
    /// The user wants no more of it, and its subtasks are being stopped.
    Canceling,
    /// It was stopped by the user.
    Canceled,
    /// All of its subtasks have ended by themselves.
    Finished,
    /// It has failed, and is started again after a while.
    Restarting,
    /// Its worker was stopped. Nothing of it runs, and it has not ended.
    Suspended,
}

/// The state of a subtask in one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SubtaskState {
    /// It is known.
    Created,
    /// It has a core.
    Scheduled,
    /// Its core was told to make it.
    Deploying,
    /// It is stepped.
    Running,
    /// It has ended by itself.
    Finished,
    /// Its core was told to drop it.
    Canceling,
    /// It was dropped before its end.
    Canceled,
    /// It could not go on.
    Failed,
}

impl JobState {
    /// All states, in their order.
    pub const ALL: [Self; 9] = [
        Self::Created,
        Self::Running,
        Self::Failing,
        Self::Failed,
        Self::Canceling,
        Self::Canceled,
        Self::Finished,
        Self::Restarting,
        Self::Suspended,
    ];

    /// Whether this may be followed by `next`.
    pub fn may_become(self, next: Self) -> bool {
        use JobState::{
            Canceled, Canceling, Created, Failed, Failing, Finished, Restarting, Running, Suspended,
        };
        match self {
            Created => matches!(next, Running | Failing | Canceling | Suspended),
            Running => matches!(next, Finished | Failing | Canceling | Suspended),
            Failing => matches!(next, Failed | Restarting | Canceling | Suspended),
            Restarting => matches!(next, Created | Canceling | Suspended),
            Canceling => matches!(next, Canceled | Suspended),
            Failed | Canceled | Finished | Suspended => false,
        }
    }

    /// Whether nothing follows.
    pub fn is_terminal(self) -> bool {
        !Self::ALL.into_iter().any(|next| self.may_become(next))
    }

    pub(crate) fn of_number(number: u8) -> Self {
        Self::ALL[usize::from(number)]
    }

    fn word(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Running => "RUNNING",
            Self::Failing => "FAILING",
            Self::Failed => "FAILED",
            Self::Canceling => "CANCELLING",
            Self::Canceled => "CANCELED",
            Self::Finished => "FINISHED",
            Self::Restarting => "RESTARTING",
            Self::Suspended => "SUSPENDED",
        }
    }
}

impl SubtaskState {
    /// All states, in their order.
    pub const ALL: [Self; 8] = [
        Self::Created,
        Self::Scheduled,
        Self::Deploying,
        Self::Running,
        Self::Finished,
        Self::Canceling,
        Self::Canceled,
        Self::Failed,
    ];

    /// Whether this may be followed by `next`.
    pub fn may_become(self, next: Self) -> bool {
        use SubtaskState::{Canceled, Canceling, Created, Deploying, Failed, Finished, Running, Scheduled};
        match self {
            // Nobody has to be told of one that has no core yet.
            Created => matches!(next, Scheduled | Canceled),
            Scheduled => matches!(next, Deploying | Canceled),
            Deploying => matches!(next, Running | Failed | Canceling),
            Running => matches!(next, Finished | Failed | Canceling),
            // It may have come to its end, or failed, before it heard.
            Canceling => matches!(next, Canceled | Finished | Failed),
            Finished | Canceled | Failed => false,
        }
    }

    /// Whether nothing follows.
    pub fn is_terminal(self) -> bool {
        !Self::ALL.into_iter().any(|next| self.may_become(next))
    }

    pub(crate) fn of_number(number: u8) -> Self {
        Self::ALL[usize::from(number)]
    }

    fn word(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::Scheduled => "SCHEDULED",
            Self::Deploying => "DEPLOYING",
            Self::Running => "RUNNING",
            Self::Finished => "FINISHED",
            Self::Canceling => "CANCELING",
            Self::Canceled => "CANCELED",
            Self::Failed => "FAILED",
        }
    }
}

/// The word that Flink's REST interface and its users know.
impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The word that Flink's REST interface and its users know.
impl fmt::Display for SubtaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row for each state, a column for each next one: what may follow has a mark.
    fn table<State: Copy + fmt::Display>(all: &[State], may: impl Fn(State, State) -> bool) -> String {
        let row = |from: State| {
            let marks: String = all.iter().map(|next| if may(from, *next) { 'x' } else { '.' }).collect();
            format!("{from:<10} {marks}\n")
        };
        all.iter().map(|from| row(*from)).collect()
    }

    #[test]
    fn every_change_of_a_job_is_allowed_or_not_as_this_table_says() {
        // C R F F C C F R S
        assert_eq!(
            table(&JobState::ALL, JobState::may_become),
            "CREATED    .xx.x...x\n\
             RUNNING    ..x.x.x.x\n\
             FAILING    ...xx..xx\n\
             FAILED     .........\n\
             CANCELLING .....x..x\n\
             CANCELED   .........\n\
             FINISHED   .........\n\
             RESTARTING x...x...x\n\
             SUSPENDED  .........\n"
        );
    }

    #[test]
    fn every_change_of_a_subtask_is_allowed_or_not_as_this_table_says() {
        // C S D R F C C F
        assert_eq!(
            table(&SubtaskState::ALL, SubtaskState::may_become),
            "CREATED    .x....x.\n\
             SCHEDULED  ..x...x.\n\
             DEPLOYING  ...x.x.x\n\
             RUNNING    ....xx.x\n\
             FINISHED   ........\n\
             CANCELING  ....x.xx\n\
             CANCELED   ........\n\
             FAILED     ........\n"
        );
    }

    #[test]
    fn the_ends_are_where_nothing_follows() {
        let ends: Vec<_> = JobState::ALL.into_iter().filter(|state| state.is_terminal()).collect();
        assert_eq!(ends, [JobState::Failed, JobState::Canceled, JobState::Finished, JobState::Suspended]);
        let ends: Vec<_> = SubtaskState::ALL.into_iter().filter(|state| state.is_terminal()).collect();
        assert_eq!(ends, [SubtaskState::Finished, SubtaskState::Canceled, SubtaskState::Failed]);
    }

    #[test]
    fn numbers_and_states_belong_together() {
        assert!(JobState::ALL.into_iter().all(|state| JobState::of_number(state as u8) == state));
        assert!(SubtaskState::ALL.into_iter().all(|state| SubtaskState::of_number(state as u8) == state));
    }
}
