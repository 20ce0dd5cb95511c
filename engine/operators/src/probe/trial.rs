//! The nine trials by name, and what is said when one is not stood.

use std::fmt;

use runtime::subtask::Failure;

/// What every operator must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trial {
    /// However rows are cut into batches, and whichever do not count: the same comes out.
    Cuts = 1,
    /// An outside that does not want more gets at most a batch more, and in the end the same.
    Refusals = 2,
    /// Saved, dropped, built anew and loaded, also by other numbers of instances: the same comes out.
    Restarts = 3,
    /// Whoever asks to be called again gets somewhere.
    Progress = 4,
    /// No batch that it makes is larger than others are.
    BatchRows = 5,
    /// With too little memory it fails, and says which option is to be raised.
    TightMemory = 6,
    /// Many instances make of each key what one makes.
    Instances = 7,
    /// Once all has come a stream has said the same as a batch, and time comes behind the rows that it is about.
    BatchIsStream = 8,
    /// After the end nothing is left.
    NothingLeft = 9,
}

/// Its number and what it is about.
impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = match self {
            Self::Cuts => "cut into batches one way or another",
            Self::Refusals => "outside refuses",
            Self::Restarts => "saved and loaded",
            Self::Progress => "gets somewhere",
            Self::BatchRows => "no oversized batch",
            Self::TightMemory => "too little memory",
            Self::Instances => "one or many instances",
            Self::BatchIsStream => "batch is stream",
            Self::NothingLeft => "nothing left after the end",
        };
        write!(f, "trial {} ({about})", *self as u8)
    }
}

/// A trial that was not stood.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// Which one, if it is not the one that is under way.
    pub(super) trial: Option<Trial>,
    pub(super) says: String,
    /// The operator has answered with a failure.
    pub(super) is_failure: bool,
}

impl Fault {
    pub(super) fn of(trial: Trial, says: impl Into<String>) -> Self {
        Self { trial: Some(trial), says: says.into(), is_failure: false }
    }

    pub(super) fn plain(says: impl Into<String>) -> Self {
        Self { trial: None, says: says.into(), is_failure: false }
    }

    pub(super) fn failure(failure: Failure) -> Self {
        Self { is_failure: true, ..Self::plain(format!("the operator has failed: {failure}")) }
    }

    /// The same; if it names no trial, it is this one.
    pub(super) fn within(self, trial: Trial) -> Self {
        Self { trial: self.trial.or(Some(trial)), ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.trial {
            Some(trial) => write!(f, "{trial}: {}", self.says),
            None => write!(f, "before all trials: {}", self.says),
        }
    }
}
