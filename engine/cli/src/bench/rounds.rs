//! What rounds of questions come to: a table, a chart, and what follows from all of them.

use crate::bench::chart::{Chart, Form, Series};
use crate::bench::consumed;
use crate::bench::contest::Round;
use crate::bench::kept::Part;
use crate::bench::spread::{Spread, geometric_mean, short, three_digits};
use crate::bench::table::Table;
use crate::run::CliError;

/// A row for each query and engine, with a rate where it is known how much went in. `unit`: of what.
fn table(rounds: &[Round], unit: &str) -> Table {
    let rate = format!("{unit}/s");
    let heads = [
        "query",
        "engine",
        "rows",
        "min s",
        "median s",
        "max s",
        &rate,
        "CPU s",
        "we are times as fast: min",
        "median",
        "max",
    ];
    let mut table = Table::new(2, heads);
    for round in rounds {
        for (place, engine) in round.engines.iter().enumerate() {
            let (query, rows) = match place {
                0 => (round.query.clone(), round.checked.rows.to_string()),
                _ => (String::new(), String::new()),
            };
            let mut cells = vec![query, engine.engine.clone(), rows];
            match (engine.spread(), &engine.error) {
                (Some(spread), _) => {
                    cells.extend([spread.min, spread.median, spread.max].map(three_digits));
                    cells.push(round.rate(spread).map(short).unwrap_or_default());
                    let cpu = Spread::of(&engine.cpu_seconds);
                    cells.push(cpu.map(|cpu| three_digits(cpu.median)).unwrap_or_default());
                    if let Some(ratio) = round.ratios(engine).filter(|_| place > 0) {
                        cells.extend([ratio.min, ratio.median, ratio.max].map(three_digits));
                    }
                }
                (None, _) => cells.extend(["–".to_owned(), "–".to_owned(), "–".to_owned()]),
            }
            table.row(cells);
        }
    }
    table
}

/// The means of ratios, who has not answered, and what was checked.
pub(crate) fn findings(rounds: &[Round], checked: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let names: Vec<&str> = rounds
        .first()
        .map_or_else(Vec::new, |round| round.engines[1..].iter().map(|peer| &*peer.engine).collect());
    for (place, name) in (1..).zip(names) {
        let ratios: Vec<f64> = rounds
            .iter()
            .filter_map(|round| round.ratios(&round.engines[place]))
            .map(|ratio| ratio.median)
            .collect();
        if let (Some(mean), Some(Spread { min, max, .. })) = (geometric_mean(&ratios), Spread::of(&ratios)) {
            findings.push(format!(
                "{} times as fast as {name} in the geometric mean of {} {} ({} to {})",
                three_digits(mean),
                ratios.len(),
                if ratios.len() == 1 { "query" } else { "queries" },
                three_digits(min),
                three_digits(max)
            ));
        }
        for round in rounds {
            if let Some(why) = round.engines[place].error.as_ref().filter(|_| round.wrong.is_none()) {
                let line = why.lines().next().unwrap_or_default();
                findings.push(format!("{name} has no figure for {}: {line}", round.query));
            }
        }
    }
    findings.extend(consumed::findings(rounds));
    let mut by: Vec<&str> =
        rounds.iter().flat_map(|round| round.checked_by.iter().map(String::as_str)).collect();
    by.sort_unstable();
    by.dedup();
    findings.push(format!(
        "answers are right: held against {} ({checked}); rows are those of that check",
        by.join(", ")
    ));
    findings
}

/// What is shown of rounds that were kept: a table, and below each other how fast each engine is and how many times as fast
/// as each peer we are. `unit`: what went in.
pub(crate) fn shown(results: Part<'_>, unit: &str) -> Result<(Table, Vec<Vec<Chart>>), CliError> {
    let rounds = results.each(Round::read)?;
    let speed = rates(&rounds, unit).unwrap_or_else(|| seconds(&rounds));
    let charts = std::iter::once(speed).chain(times(&rounds)).map(|chart| vec![chart]).collect();
    Ok((table(&rounds, unit), charts))
}

/// A bar for each query and engine: its middle time.
fn seconds(rounds: &[Round]) -> Chart {
    let engines = rounds.first().map_or(0, |round| round.engines.len());
    let series = |place: usize| {
        let values = rounds.iter().map(|round| round.engines[place].spread().map(|spread| spread.median));
        (rounds[0].engines[place].engine.clone(), values.collect())
    };
    let labels = rounds.iter().map(|round| round.query.clone()).collect();
    let title = "seconds, the middle of the runs; less is better";
    Chart::of(title, Form::Bars, labels, (0..engines).map(series).collect())
}

/// A bar for each query and engine: how much of what went in there is to a second, where that is known of all.
fn rates(rounds: &[Round], unit: &str) -> Option<Chart> {
    let amounts = rounds.iter().map(|round| round.amount).collect::<Option<Vec<u64>>>()?;
    let mut chart = seconds(rounds);
    for series in &mut chart.series {
        for (value, amount) in series.values.iter_mut().zip(&amounts) {
            *value = value.map(|seconds| *amount as f64 / seconds);
        }
    }
    chart.title = format!("{unit} a second, the middle of the runs; more is better");
    Some(chart)
}

/// A bar for each query and peer, up from 1 where we are faster and down from it where the peer is.
fn times(rounds: &[Round]) -> Option<Chart> {
    let peers = rounds.first()?.engines.len().checked_sub(1).filter(|peers| *peers > 0)?;
    let series = |place: usize| {
        let values: Vec<Option<f64>> = rounds
            .iter()
            .map(|round| round.ratios(&round.engines[place]).map(|ratio| ratio.median))
            .collect();
        let name = &rounds[0].engines[place].engine;
        let known: Vec<f64> = values.iter().copied().flatten().collect();
        let name = match geometric_mean(&known) {
            Some(mean) => {
                format!("{name}: {} in the geometric mean of {} queries", three_digits(mean), known.len())
            }
            None => name.clone(),
        };
        Series { name, colour: place, values }
    };
    let title = "how many times as fast Millstream is; above 1 it is the faster one".to_owned();
    let labels = rounds.iter().map(|round| round.query.clone()).collect();
    let series = (1..=peers).map(series).collect();
    Some(Chart { title, form: Form::Bars, labels, series, unit: "", base: Some(1.0), apart: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::answer::Sum;
    use crate::bench::contest::Measured;

    fn round(query: &str, ours: &[f64], theirs: Result<&[f64], &str>) -> Round {
        let measured = |engine: &str, seconds: &[f64], error: Option<&str>| Measured {
            engine: engine.to_owned(),
            seconds: seconds.to_vec(),
            cpu_seconds: Vec::new(),
            consumed: None,
            error: error.map(str::to_owned),
        };
        let peer = match theirs {
            Ok(seconds) => measured("other", seconds, None),
            Err(why) => measured("other", &[], Some(why)),
        };
        Round {
            query: query.to_owned(),
            amount: Some(1000),
            checked: Sum { rows: 7, checksum: 0 },
            checked_by: vec!["other".to_owned()],
            engines: vec![measured("millstream", ours, None), peer],
            are_sums_equal: false,
            wrong: None,
        }
    }

    #[test]
    fn the_mean_is_of_those_that_answered() {
        let rounds = [
            round("q0", &[1.0], Ok(&[2.0])),
            round("q1", &[1.0], Ok(&[8.0])),
            round("q2", &[1.0], Err("it cannot\nat all")),
        ];
        let expected = [
            "4.00 times as fast as other in the geometric mean of 2 queries (2.00 to 8.00)",
            "other has no figure for q2: it cannot",
            "answers are right: held against other (D0); rows are those of that check",
        ];
        assert_eq!(findings(&rounds, "D0"), expected);
        let table = table(&rounds, "events").text();
        assert!(table.contains("millstream     7") && table.contains("500"), "{table}");
        assert_eq!(seconds(&rounds).series[1].values, [Some(2.0), Some(8.0), None]);
        let rates = rates(&rounds, "events").unwrap();
        assert_eq!(rates.title, "events a second, the middle of the runs; more is better");
        assert_eq!(rates.series[1].values, [Some(500.0), Some(125.0), None]);
        let times = times(&rounds).unwrap();
        assert_eq!(times.series[0].name, "other: 4.00 in the geometric mean of 2 queries");
        assert_eq!(
            (times.series[0].colour, &*times.series[0].values),
            (1, &[Some(2.0), Some(8.0), None][..])
        );
    }
}
