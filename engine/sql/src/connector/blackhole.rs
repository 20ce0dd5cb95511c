//! `'connector' = 'blackhole'`: rows are dropped, or only their sum is kept.

use super::options::Options;
use crate::error::SqlError;

/// Of which rows there is a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Summed {
    /// Of those that are left in the end: what rows were is heard as well, and subtracted.
    Final,
    /// Of all that come to a table which has no use for what rows were: the job is that of a table without a sum.
    Consumed,
}

impl Summed {
    /// As `'checksum' = …` says.
    pub(super) fn of(options: &mut Options<'_>) -> Result<Option<Self>, SqlError> {
        match options.take("checksum").as_deref() {
            None | Some("none") => Ok(None),
            Some("final") => Ok(Some(Self::Final)),
            Some("consumed") => Ok(Some(Self::Consumed)),
            Some(other) => Err(SqlError::new(format!(
                "table {}: 'checksum' = '{other}'; there are 'final', the sum of the rows that are left in the end, 'consumed', \
                 that of all rows that come, and 'none'",
                options.table
            ))),
        }
    }
}
