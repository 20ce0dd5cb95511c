//! Which rows a stream says of what has changed, as `EXPLAIN CHANGELOG_MODE` tells and as tables get them.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test falls where it stands, and makes its files"
)]

use std::path::Path;
use std::process::Command;

const TABLES: &str = "
    SET 'execution.runtime-mode' = 'streaming';
    CREATE TABLE bids (auction BIGINT, bidder BIGINT, price BIGINT)
    WITH ('connector' = 'filesystem', 'path' = 'bids.csv', 'format' = 'csv');
    CREATE TABLE hole (k BIGINT, n BIGINT) WITH ('connector' = 'blackhole');
    CREATE TABLE by_k (k BIGINT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');
    CREATE TABLE by_n (k BIGINT, n BIGINT, PRIMARY KEY (n) NOT ENFORCED) WITH ('connector' = 'print');
    CREATE TABLE auctions (id BIGINT, seller BIGINT, PRIMARY KEY (id) NOT ENFORCED)
    WITH ('connector' = 'filesystem', 'path' = 'auctions.csv', 'format' = 'csv');
    CREATE TABLE shown_by_k (k BIGINT, n BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'print');
    CREATE TABLE shown (k BIGINT, n BIGINT) WITH ('connector' = 'print');";

/// What the command says of statements behind those of the tables.
fn answer(folder: &Path, sql: &str) -> Result<String, String> {
    std::fs::write(folder.join("bids.csv"), "1,10,100\n1,11,250\n2,10,90\n3,12,70\n2,11,95\n1,10,300\n")
        .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_millstream"))
        .current_dir(folder)
        .args(["sql", "--memory", "256mb", "--parallelism", "2", "-q", &format!("{TABLES} {sql}")])
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// The operators of an insert whose names begin so, each with the kinds of rows that it sends.
fn kinds(insert: &str, begins: &[&str]) -> Vec<String> {
    kinds_with("", insert, begins)
}

fn kinds_with(options: &str, insert: &str, begins: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let explained = answer(folder.path(), &format!("{options} EXPLAIN CHANGELOG_MODE {insert}")).unwrap();
    let (_, graph) = explained.split_once("== Job Graph ==").unwrap();
    let nodes = graph.lines().flat_map(|line| line.split(" -> ")).filter_map(|node| {
        let node = node.trim_start_matches(|letter: char| letter.is_numeric() || " (".contains(letter));
        let (name, kinds) = node.split_once(", changelogMode=")?;
        let kinds = kinds.split_inclusive(']').next()?;
        begins.iter().any(|begin| name.starts_with(begin)).then(|| format!("{} {kinds}", first(name)))
    });
    nodes.collect()
}

fn first(name: &str) -> &str {
    name.split(" [").next().unwrap_or(name)
}

const COUNT: &str = "SELECT auction, COUNT(*) AS n FROM bids GROUP BY auction";

#[test]
fn what_a_row_was_is_left_out_where_nobody_has_to_hear_it() {
    let of_count =
        |table: &str| kinds(&format!("INSERT INTO {table} {COUNT}"), &["Source", "Aggregate", "Sink"]);
    assert_eq!(of_count("hole"), ["Source: bids [I]", "Aggregate [I,UA]", "Sink: hole [NONE]"]);
    assert_eq!(of_count("by_k"), ["Source: bids [I]", "Aggregate [I,UA]", "Sink: by_k [NONE]"]);
    assert_eq!(of_count("shown"), ["Source: bids [I]", "Aggregate [I,UB,UA]", "Sink: shown [NONE]"]);
    // A group that has another number of rows leaves the others of its former number.
    let twice = format!("INSERT INTO hole SELECT n, COUNT(*) FROM ({COUNT}) GROUP BY n");
    assert_eq!(kinds(&twice, &["Aggregate"]), ["Aggregate [I,UB,UA]", "Aggregate [I,UA,D]"]);
    // What a set has in common is for who needs most.
    let set = format!("STATEMENT SET BEGIN INSERT INTO hole {COUNT}; INSERT INTO shown {COUNT}; END");
    assert_eq!(kinds(&set, &["Aggregate"]), ["Aggregate [I,UB,UA]"]);
}

#[test]
fn a_condition_needs_what_a_row_was_unless_it_is_about_the_key() {
    let having = format!("INSERT INTO hole {COUNT} HAVING COUNT(*) > 1");
    assert_eq!(kinds(&having, &["Aggregate", "Filter"]), ["Aggregate [I,UB,UA]", "Filter [I,UB,UA]"]);
    // Of a key, all rows are passed on or none.
    let of_key = "INSERT INTO hole SELECT auction, n FROM (SELECT auction, COUNT(*) AS n, bidder FROM bids GROUP BY auction, bidder)
                  WHERE MOD(auction, 2) = 1";
    assert_eq!(kinds(of_key, &["Aggregate"]), ["Aggregate [I,UA]"]);
}

#[test]
fn the_first_rows_of_each_key_are_known_by_their_ranks() {
    let ranked = |rank: &str, columns: &str| {
        kinds(
            &format!(
                "INSERT INTO hole SELECT {columns} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC)
                 AS r FROM bids) WHERE r {rank}"
            ),
            &["Top-N"],
        )
    };
    assert_eq!(ranked("<= 2", "auction, r"), ["Top-N [I,UA]"]);
    assert_eq!(ranked("= 1", "auction, bidder"), ["Top-N [I,UA]"]);
    // Which one of several is gone is to be said.
    assert_eq!(ranked("<= 2", "auction, bidder"), ["Top-N [I,D]"]);
}

#[test]
fn a_table_with_another_key_than_the_query_has_the_last_row_of_each() {
    let insert = format!("INSERT INTO by_n {COUNT}");
    let nodes = ["Aggregate", "Sink"];
    let materialized = ["Aggregate [I,UB,UA]", "Sink Materializer [I,UA,D]", "Sink: by_n [NONE]"];
    assert_eq!(kinds(&insert, &nodes), materialized);
    let folder = tempfile::tempdir().unwrap();
    let printed = answer(folder.path(), &insert).unwrap();
    // Each auction has a number of bids: 1 has three, 2 has two, 3 has one. Of each number there is one auction in the end.
    let mut last = std::collections::BTreeMap::new();
    for line in printed.lines() {
        let (_, row) = line.rsplit_once("> ").unwrap_or(("", line));
        let (kind, row) = row.split_at(2);
        let (k, n) = row.trim_matches(['[', ']']).split_once(", ").unwrap();
        match kind {
            "-D" => last.remove(n),
            "+I" | "+U" => last.insert(n.to_owned(), k.to_owned()),
            other => panic!("{other} {row}"),
        };
    }
    let expected = [("1", "3"), ("2", "2"), ("3", "1")].map(|(n, k)| (n.to_owned(), k.to_owned()));
    assert_eq!(last.into_iter().collect::<Vec<_>>(), expected, "{printed}");
    // As it is set: as they come, or the last row of each key in any case.
    let with = |value: &str, table: &str| {
        let options = format!("SET 'table.exec.sink.upsert-materialize' = '{value}';");
        kinds_with(&options, &format!("INSERT INTO {table} {COUNT}"), &["Sink"])
    };
    assert_eq!(with("NONE", "by_n"), ["Sink: by_n [NONE]"]);
    assert_eq!(with("FORCE", "by_k"), ["Sink Materializer [I,UA,D]", "Sink: by_k [NONE]"]);
    assert_eq!(with("FORCE", "hole"), ["Sink: hole [NONE]"]);
}

#[test]
fn a_join_keeps_the_key_of_a_row_that_has_one_partner_at_most() {
    let most = "SELECT auction, MAX(price) AS most FROM bids GROUP BY auction";
    let joined = |others: &str, on: &str| {
        let insert =
            format!("INSERT INTO shown_by_k SELECT c.auction, c.n FROM ({COUNT}) c JOIN {others} ON {on}");
        kinds(&insert, &["Join", "Sink"])
    };
    let most = format!("({most}) m");
    assert_eq!(joined(&most, "c.auction = m.auction"), ["Join [I,D]", "Sink: shown_by_k [NONE]"]);
    assert_eq!(joined("auctions a", "c.auction = a.id"), ["Join [I,D]", "Sink: shown_by_k [NONE]"]);
    let materialized = ["Join [I,D]", "Sink Materializer [I,UA,D]", "Sink: shown_by_k [NONE]"];
    // A row may have many partners.
    assert_eq!(joined("bids b", "c.auction = b.auction"), materialized);
    // It has one, but where it finds that changes with the row: its changes come from different places.
    assert_eq!(joined("auctions a", "c.n = a.id"), materialized);
}

#[test]
fn distinct_values_of_one_key_go_to_all_cores_if_that_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let explain = |options: &str| {
        let sql = format!(
            "{options} EXPLAIN INSERT INTO hole SELECT auction, COUNT(DISTINCT bidder) AS n FROM bids GROUP BY auction"
        );
        answer(folder.path(), &sql).unwrap()
    };
    assert!(!explain("").contains("Partial Aggregate"));
    let split = explain("SET 'table.optimizer.distinct-agg.split.enabled' = 'true';");
    assert!(split.contains("hash [auction, $bucket]") && split.contains("Partial Aggregate"), "{split}");
}

#[test]
fn phases_and_mini_batches_are_as_they_are_set() {
    let folder = tempfile::tempdir().unwrap();
    let explain =
        |options: &str| answer(folder.path(), &format!("{options} EXPLAIN INSERT INTO hole {COUNT}"));
    assert!(explain("").unwrap().contains("Local Aggregate"));
    let one = explain("SET 'table.optimizer.agg-phase-strategy' = 'ONE_PHASE';").unwrap();
    assert!(!one.contains("Local Aggregate"), "{one}");
    let at_once = "SET 'execution.buffer-timeout.interval' = '0 ms';";
    assert!(!explain(at_once).unwrap().contains("Local Aggregate"));
    let mini =
        "SET 'table.exec.mini-batch.enabled' = 'true'; SET 'table.exec.mini-batch.allow-latency' = '50 ms';";
    let whole = format!("{at_once} {mini} SET 'table.exec.mini-batch.size' = '5000';");
    assert!(explain(&whole).unwrap().contains("Local Aggregate"));
    let half = explain(mini).unwrap_err();
    assert!(half.contains("a mini-batch has a size and a latency"), "{half}");
}

/// What a row was comes before what takes its place: changes of one subtask are not spread, beside others that are on all of them either.
#[test]
fn changes_of_one_subtask_stay_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let both = "SELECT auction, COUNT(DISTINCT bidder) FROM bids GROUP BY GROUPING SETS ((auction), ())";
    let united = "SELECT auction, COUNT(*) FROM bids GROUP BY auction UNION ALL SELECT 0, COUNT(*) FROM bids";
    let split = "SET 'table.optimizer.distinct-agg.split.enabled' = 'true';";
    for (options, query) in [(split, both), ("", united)] {
        let explained = answer(folder.path(), &format!("{options} EXPLAIN {query}")).unwrap();
        let (_, graph) = explained.split_once("== Job Graph ==").unwrap();
        assert!(graph.contains("1 subtask\n") && graph.contains("global, changes"), "{graph}");
        assert!(!graph.contains("rebalance, changes"), "{graph}");
    }
}
