//! The answer: the most clicked pages, and what it took to find them.
//!
//! Thin: a sink of `connect`. Every subtask has the pages it owns, so joining is adding.

use std::cmp::Reverse;

use super::amount::size;
use super::failure::Failure;
use super::figures::{SubtaskFigures, Traffic};
use super::total::PageTotal;

/// How many pages are shown.
pub(crate) const TOP: usize = 10;

/// What one subtask found.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) managed_peak: u64,
    pages: u64,
    top: Vec<PageTotal>,
    totals: Option<Vec<PageTotal>>,
}

impl Part {
    /// Nothing found yet. Keeps every page only if asked to: they need not fit into memory.
    pub(crate) fn new(keeps_totals: bool) -> Self {
        let (top, totals) = (Vec::with_capacity(TOP * 2), keeps_totals.then(Vec::new));
        Self { managed_peak: 0, pages: 0, top, totals }
    }

    pub(crate) fn take(&mut self, page: PageTotal) {
        self.pages += 1;
        if let Some(totals) = &mut self.totals {
            totals.push(page.clone());
        }
        self.top.push(page);
        if self.top.len() == TOP * 2 {
            keep_top(&mut self.top);
        }
    }
}

/// What all subtasks found.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) elapsed_ns: u64,
    pub(crate) traffic: Traffic,
    /// What each subtask has done.
    pub(crate) subtasks: Vec<SubtaskFigures>,
    /// In words, if it was measured.
    pub(crate) latency: Option<String>,
    /// The most bytes of segments that were in use on each core, added up.
    pub(crate) segment_bytes_max: u64,
    /// Bytes of segments that did not come home.
    pub(crate) segment_bytes_away: u64,
    /// The most that each table had, added up.
    pub(crate) managed_peak: u64,
    pub(crate) pages: u64,
    pub(crate) top: Vec<PageTotal>,
    pub(crate) totals: Option<Vec<PageTotal>>,
}

impl Answer {
    pub(crate) fn new(keeps_totals: bool) -> Self {
        Self { totals: keeps_totals.then(Vec::new), ..Self::default() }
    }

    pub(crate) fn join(&mut self, part: Part) {
        self.managed_peak += part.managed_peak;
        self.pages += part.pages;
        self.top.extend(part.top);
        keep_top(&mut self.top);
        if let (Some(all), Some(totals)) = (&mut self.totals, part.totals) {
            all.extend(totals);
        }
    }

    /// A segment that did not come home is a bug, whatever the answer says.
    pub(crate) fn require_all_home(&self) -> Result<(), Failure> {
        match self.segment_bytes_away {
            0 => Ok(()),
            bytes => Err(Failure::Answer(format!("{} of segments did not come home", size(bytes)))),
        }
    }
}

/// The most clicked first; pages with as many clicks by name.
fn keep_top(pages: &mut Vec<PageTotal>) {
    pages.sort_unstable_by(|left, right| {
        (Reverse(left.1.clicks), &left.0).cmp(&(Reverse(right.1.clicks), &right.0))
    });
    pages.truncate(TOP);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::total::Total;

    #[test]
    fn the_most_clicked_pages_of_all_parts_stay() {
        let mut answer = Answer::new(false);
        for start in 0..3 {
            let mut part = Part::new(false);
            for clicks in (start..300).step_by(3) {
                part.take((format!("/{clicks}"), Total { clicks, bytes: 0, last_ms: 0 }));
            }
            answer.join(part);
        }
        let clicks: Vec<i64> = answer.top.iter().map(|page| page.1.clicks).collect();
        assert_eq!(clicks, (290..300).rev().collect::<Vec<_>>());
        assert_eq!((answer.pages, answer.totals), (300, None));
    }

    #[test]
    fn equal_counts_stand_by_name() {
        let total = Total { clicks: 1, bytes: 0, last_ms: 0 };
        let mut pages: Vec<PageTotal> = ["/b", "/c", "/a"].map(|page| (page.to_owned(), total)).into();
        keep_top(&mut pages);
        assert_eq!(pages.iter().map(|page| page.0.as_str()).collect::<Vec<_>>(), ["/a", "/b", "/c"]);
    }
}
