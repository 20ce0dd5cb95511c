//! What can be set about JSON lines. Names and meanings are Flink's.

/// How JSON lines are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonOptions {
    /// Whether a field that a line does not have is an error. Otherwise it is null, and an error only in a column that
    /// takes no null.
    pub fail_on_missing_field: bool,
    /// Whether times are written as in ISO 8601, with a T in the middle. Either way is read.
    pub iso_times: bool,
}

impl JsonOptions {
    /// The same with missing fields as errors, or as null.
    #[must_use]
    pub fn fail_on_missing_field(self, fail_on_missing_field: bool) -> Self {
        Self { fail_on_missing_field, ..self }
    }

    /// The same with times as in ISO 8601, or as in SQL.
    #[must_use]
    pub fn iso_times(self, iso_times: bool) -> Self {
        Self { iso_times, ..self }
    }
}
