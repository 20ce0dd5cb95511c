//! PageRank: which pages are linked to by pages that are linked to. A bulk iteration, which ends when ranks hardly move.
//!
//! ```sh
//! cargo run --release -p millstream-examples --bin page-rank
//! ```
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Parser;
use examples::JobArguments;
use examples::readings::mix;
use millstream::prelude::*;

/// Ranks the pages of a small web.
#[derive(Debug, Parser)]
#[command(name = "page-rank", version)]
struct Arguments {
    /// How many pages there are.
    #[arg(long, default_value_t = 1_000)]
    pages: u64,
    /// How many rounds at most.
    #[arg(long, default_value_t = 50)]
    rounds: usize,
    #[command(flatten)]
    job: JobArguments,
}

/// A page, its rank, and where it links to.
#[derive(Record, Clone, Debug)]
struct Page {
    page: u64,
    rank: f64,
    links: Vec<u64>,
}

/// A page's part of another one's rank, or the page itself.
#[derive(Record, Clone, Debug)]
struct Share {
    page: u64,
    rank: f64,
    links: Option<Vec<u64>>,
}

/// How much of a rank goes on by links.
const DAMPING: f64 = 0.85;
/// When no rank moves by more than this, it is enough.
const ENOUGH: f64 = 1e-9;

/// A web in which a few pages are linked to often.
fn web(pages: u64) -> Vec<Page> {
    let page = |page: u64| {
        let links = (0..1 + mix(page) % 6).map(|link| {
            let chance = mix(page * 31 + link);
            (chance >> 32) % (1 + chance % pages)
        });
        Page { page, rank: 1.0 / pages as f64, links: links.collect() }
    };
    (0..pages).map(page).collect()
}

fn main() -> ExitCode {
    examples::start(run)
}

fn run(arguments: Arguments) -> Result<(), ExecuteError> {
    let env = arguments.job.environment()?;
    let pages = arguments.pages;
    let step = move |_: &Environment, ranks: DataStream<Page>| {
        ranks
            .flat_map(|page: Page, shares: &mut Collector<Share>| {
                let part = page.rank / page.links.len() as f64;
                page.links.iter().for_each(|to| shares.emit(Share { page: *to, rank: part, links: None }));
                shares.emit(Share { page: page.page, rank: 0.0, links: Some(page.links) });
            })
            .key_by(|share| share.page)
            .reduce(|one, other| Share {
                page: one.page,
                rank: one.rank + other.rank,
                links: one.links.or(other.links),
            })
            .map(move |share: Share| Page {
                page: share.page,
                rank: (1.0 - DAMPING) / pages as f64 + DAMPING * share.rank,
                links: share.links.unwrap_or_default(),
            })
    };
    let has_settled = |before: &[Page], after: &[Page]| {
        let former: BTreeMap<u64, f64> = before.iter().map(|page| (page.page, page.rank)).collect();
        after.iter().all(|page| (page.rank - former[&page.page]).abs() < ENOUGH)
    };
    let ranked = env.iterate(web(pages), arguments.rounds, step, has_settled)?;
    let mut best = ranked.rows;
    best.sort_by(|one, other| other.rank.total_cmp(&one.rank));
    let why = if ranked.has_converged { "ranks have settled" } else { "that was all" };
    examples::say(&format!("{} rounds, {why}", ranked.rounds));
    for page in best.iter().take(10) {
        examples::say(&format!("{:>6}  {:.6}  {} links", page.page, page.rank, page.links.len()));
    }
    Ok(())
}
