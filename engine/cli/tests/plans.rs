//! How queries of files are planned: in which order they join, what they do not read, and that results are the same.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test falls where it stands, and makes its files"
)]

use std::path::Path;
use std::process::Command;

/// What a session answers, in CSV; or what is wrong.
fn answer(folder: &Path, sql: &str) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_millstream"))
        .env_remove("MILLSTREAM_CONF_DIR")
        .current_dir(folder)
        .args(["sql", "--output-format", "csv", "--memory", "256mb", "--parallelism", "2", "-q", sql])
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// The lines of a plan that say this, in order, without the spaces before them.
fn lines<'a>(plan: &'a str, what: &str) -> Vec<&'a str> {
    plan.lines().map(str::trim).filter(|line| line.starts_with(what)).collect()
}

fn parquet(name: &str, columns: &str) -> String {
    format!(
        "CREATE TABLE {name} ({columns}) WITH ('connector' = 'filesystem', 'path' = '{name}', 'format' = 'parquet');"
    )
}

/// Numbers from 0, so many.
fn numbers(name: &str, count: u32) -> String {
    format!(
        "CREATE TABLE {name} (n INT) WITH ('connector' = 'datagen', 'number-of-rows' = '{count}', 'fields.n.kind' = 'sequence',
            'fields.n.start' = '0', 'fields.n.end' = '{}');",
        count - 1
    )
}

/// 1000 lines of 100 suppliers of 25 nations.
fn shop(folder: &Path) -> String {
    let tables = [
        parquet("lines", "line INT, supplier INT"),
        parquet("suppliers", "supplier INT, nation INT"),
        parquet("nations", "nation INT, name STRING"),
    ]
    .concat();
    let made = [numbers("thousand", 1000), numbers("hundred", 100), numbers("some", 25)].concat();
    let filled = "INSERT INTO lines SELECT n, MOD(n, 100) FROM thousand;
        INSERT INTO suppliers SELECT n, MOD(n, 25) FROM hundred;
        INSERT INTO nations SELECT n, 'nation ' || CAST(n AS STRING) FROM some;";
    answer(folder, &format!("{tables}{made}{filled}")).unwrap();
    tables
}

const OF_A_NATION: &str =
    "SELECT COUNT(*) AS c FROM lines JOIN suppliers ON lines.supplier = suppliers.supplier
    JOIN nations ON suppliers.nation = nations.nation WHERE name = 'nation 7'";

#[test]
fn joins_are_made_where_they_leave_few_rows_first() {
    let folder = tempfile::tempdir().unwrap();
    let tables = shop(folder.path());
    let run = |set: &str, sql: &str| answer(folder.path(), &format!("{tables}{set}{sql}")).unwrap();
    let plan = run("", &format!("EXPLAIN {OF_A_NATION}"));
    let order =
        ["Inner Join: lines.supplier = suppliers.supplier", "Inner Join: suppliers.nation = nations.nation"];
    assert_eq!(lines(&plan, "Inner Join"), order, "{plan}");

    let as_written = "SET 'table.optimizer.join-reorder-enabled' = 'false';";
    let plan = run(as_written, &format!("EXPLAIN {OF_A_NATION}"));
    assert_eq!(lines(&plan, "Inner Join"), [order[1], order[0]], "{plan}");

    // Suppliers 7, 32, 57 and 82, of ten lines each.
    for set in ["", as_written] {
        assert_eq!(run(set, OF_A_NATION), "c\n40\n");
    }
}

#[test]
fn an_explanation_says_how_many_rows_are_guessed() {
    let folder = tempfile::tempdir().unwrap();
    let tables = shop(folder.path());
    let costs = answer(folder.path(), &format!("{tables} EXPLAIN ESTIMATED_COST {OF_A_NATION}")).unwrap();
    let guessed = |what: &str| {
        let line = lines(&costs, what)[0];
        line.rsplit_once(": about ").unwrap().1.split_once(" rows").unwrap().0.parse::<u32>().unwrap()
    };
    // One of two files is looked at, which need not be of one length.
    assert!((950..1050).contains(&guessed("TableScan: lines")), "{costs}");
    // A tenth of 25 nations is left; so a tenth of the suppliers is, and of the lines.
    assert!((2..4).contains(&guessed("Filter")), "{costs}");
    assert!((9..12).contains(&guessed("Inner Join: suppliers")), "{costs}");
    assert!((90..110).contains(&guessed("Inner Join: lines")), "{costs}");
}

#[test]
fn only_groups_that_are_wanted_are_aggregated() {
    let folder = tempfile::tempdir().unwrap();
    let tables = shop(folder.path());
    let sql =
        "SELECT SUM(line) AS s FROM lines, suppliers WHERE lines.supplier = suppliers.supplier AND nation = 7
        AND line < (SELECT AVG(line) FROM lines WHERE lines.supplier = suppliers.supplier)";
    let plan = answer(folder.path(), &format!("{tables} EXPLAIN {sql}")).unwrap();
    assert_eq!(lines(&plan, "LeftSemi Join: lines.supplier = $wanted0").len(), 1, "{plan}");
    // Of supplier 7 the lines 7, 107, … 907 have an average of 457: five are below, 7 to 407. The others are 25 apart.
    let below = |supplier: u32| (0..5).map(|times| supplier + 100 * times).sum::<u32>();
    let expected = [7, 32, 57, 82].map(below).iter().sum::<u32>();
    assert_eq!(answer(folder.path(), &format!("{tables}{sql}")), Ok(format!("s\n{expected}\n")));
}

#[test]
fn files_and_row_groups_without_rows_that_are_asked_for_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let tables = parquet("t", "n INT, word STRING");
    let made = numbers("ten", 10);
    let run = |sql: &str| answer(folder.path(), &format!("{tables}{made}{sql}"));
    run("INSERT INTO t SELECT n, 'low' FROM ten").unwrap();
    let low = std::fs::read_dir(folder.path().join("t")).unwrap().next().unwrap().unwrap().path();
    run("INSERT INTO t SELECT n + 10, 'low and high' FROM ten").unwrap();

    // What lies before the footer of the first file is no page any more.
    let mut bytes = std::fs::read(&low).unwrap();
    bytes[4..40].fill(0xff);
    std::fs::write(&low, bytes).unwrap();
    assert!(run("SELECT n FROM t").is_err());
    assert_eq!(run("SELECT n FROM t WHERE n > 17 ORDER BY n"), Ok("n\n18\n19\n".to_owned()));
    assert_eq!(run("SELECT n FROM t WHERE n BETWEEN 10 AND 11 ORDER BY n"), Ok("n\n10\n11\n".to_owned()));
    assert_eq!(run("SELECT n FROM t WHERE 12 = n AND word <> 'x'"), Ok("n\n12\n".to_owned()));
    assert_eq!(run("SELECT COUNT(*) AS c FROM t WHERE word = 'low and high'"), Ok("c\n10\n".to_owned()));
    let plan = run("EXPLAIN SELECT n FROM t WHERE n > 17").unwrap();
    assert!(plan.contains("partial_filters=[t.n > Int32(17)]"), "{plan}");
}

#[test]
fn partitions_that_are_not_asked_for_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let table = "CREATE TABLE p (a INT, day STRING, hour INT) PARTITIONED BY (day, hour)
        WITH ('connector' = 'filesystem', 'path' = 'p', 'format' = 'csv');";
    let run = |sql: &str| answer(folder.path(), &format!("{table}{sql}"));
    run("INSERT INTO p VALUES (1, 'mon', 1), (2, 'mon', 2), (3, 'tue', 1), (4, CAST(NULL AS STRING), 3)")
        .unwrap();
    std::fs::write(folder.path().join("p/day=mon/hour=1/bad.csv"), "no number\n").unwrap();
    assert!(run("SELECT a FROM p").is_err());
    assert_eq!(run("SELECT a FROM p WHERE day = 'tue'"), Ok("a\n3\n".to_owned()));
    assert_eq!(run("SELECT a FROM p WHERE hour IN (2, 3) ORDER BY a"), Ok("a\n2\n4\n".to_owned()));
    assert_eq!(run("SELECT a FROM p WHERE day IS NULL"), Ok("a\n4\n".to_owned()));
    assert_eq!(run("SELECT a FROM p WHERE day = 'mon' AND hour > 1"), Ok("a\n2\n".to_owned()));
    assert_eq!(run("SELECT COUNT(*) AS c FROM p WHERE day = 'sun'"), Ok("c\n0\n".to_owned()));
}

/// Rows, which lie in three files of theirs. Texts are longer than what a footer keeps of them.
const ROWS: &str = "CREATE VIEW v AS SELECT CAST(id AS INT) AS id, CAST(n AS INT) AS n, CAST(x AS DOUBLE) AS x, s,
    CAST(d AS DECIMAL(3, 2)) AS d, day, CAST(at AS TIMESTAMP(3)) AS at FROM (VALUES
    (1, 5, '1.5', 'a', 1.25, DATE '2025-01-01', TIMESTAMP '2025-01-01 00:00:00.001'),
    (2, 7, 'NaN', REPEAT('b', 100), 2.50, DATE '2025-01-02', TIMESTAMP '2025-01-02 00:00:00.002'),
    (3, CAST(NULL AS INT), '-0.0', CAST(NULL AS STRING), CAST(NULL AS DECIMAL(3, 2)), CAST(NULL AS DATE),
        CAST(NULL AS TIMESTAMP(3))),
    (4, -3, CAST(NULL AS STRING), REPEAT('b', 100) || 'c', -9.99, DATE '1969-12-31', TIMESTAMP '1969-12-31 23:59:59.999'),
    (5, CAST(NULL AS INT), 'Infinity', 'é', 0.00, CAST(NULL AS DATE), TIMESTAMP '2025-06-01 12:00:00')
) AS t (id, n, x, s, d, day, at);";

const ASKED: [&str; 24] = [
    "n = 5",
    "n <> 5",
    "n < 5",
    "n >= 5",
    "n IS NULL",
    "n IS NOT NULL",
    "n IN (7, -3)",
    "n NOT IN (7, -3)",
    "NOT (n = 5)",
    "n = 5 OR n IS NULL",
    "x > 1.0E0",
    "x < 0.5E0",
    "x = 0.0E0",
    "x <> 1.5E0",
    "s = REPEAT('b', 100)",
    "s > REPEAT('b', 100)",
    "s >= 'bbbb' AND s < 'c'",
    "s > 'z'",
    "d = 2.5",
    "d > -9.99 AND d <= 1.25",
    "day = DATE '2025-01-02'",
    "day < DATE '1970-01-01'",
    "at >= TIMESTAMP '2025-01-02 00:00:00.002'",
    "at BETWEEN TIMESTAMP '1969-12-31 23:59:59.999' AND TIMESTAMP '2025-01-01 00:00:00'",
];

#[test]
fn rows_that_are_asked_for_are_the_same_whether_files_leave_some_out_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let columns = "id INT, n INT, x DOUBLE, s STRING, d DECIMAL(3, 2), day DATE, at TIMESTAMP(3)";
    let tables = format!("{}{ROWS}", parquet("q", columns));
    let run = |sql: &str| answer(folder.path(), &format!("{tables}{sql}")).unwrap();
    run("INSERT INTO q SELECT * FROM v WHERE id <= 2; INSERT INTO q SELECT * FROM v WHERE id = 3;
        INSERT INTO q SELECT * FROM v WHERE id > 3");
    let asked_of = |table: &str| {
        let queries = ASKED.iter().map(|asked| format!("SELECT id FROM {table} WHERE {asked} ORDER BY id;"));
        run(&queries.collect::<String>())
    };
    let (of_files, of_rows) = (asked_of("q"), asked_of("v"));
    assert_eq!(of_files, of_rows);
    assert_eq!(of_files.matches("id").count(), ASKED.len());
    assert!(of_files.lines().count() > 2 * ASKED.len(), "some rows are asked for: {of_files}");
}

/// The plan of bids beside the greatest value of each ten seconds.
fn plan_beside_the_best(folder: &Path, value: &str, (join, on): (&str, &str)) -> String {
    let sql = format!(
        "SET 'execution.runtime-mode' = 'streaming';
        CREATE TABLE bids (price INT, item STRING, rate DOUBLE, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
            WITH ('connector' = 'datagen', 'number-of-rows' = '10');
        EXPLAIN SELECT b.item FROM bids AS b {join} (
            SELECT window_start, window_end, MAX({value}) AS most FROM TABLE(TUMBLE(TABLE bids, DESCRIPTOR(ts), INTERVAL '10' SECOND))
            GROUP BY window_start, window_end
        ) AS best ON {on}"
    );
    answer(folder, &sql).unwrap()
}

#[test]
fn what_is_not_the_best_of_its_window_is_left_out_before_a_join_with_the_best() {
    let folder = tempfile::tempdir().unwrap();
    let plan = |value: &str, join: &str, on: &str| {
        let plan = plan_beside_the_best(folder.path(), value, (join, on));
        (
            plan.matches("Contenders [greatest price of its window]").count(),
            plan.matches("Source: bids").count(),
        )
    };
    let within = "b.ts BETWEEN best.window_end - INTERVAL '10' SECOND AND best.window_end";
    let (once, never) = ((1, 1), (0, 2));
    // Both sides come from one operator.
    assert_eq!(plan("price", "JOIN", &format!("b.price = best.most AND {within}")), once);
    assert_eq!(plan("price", "JOIN", &format!("best.most <= b.price AND {within}")), once);
    // Whoever has no partner is wanted all the same.
    assert_eq!(plan("price", "LEFT JOIN", &format!("b.price = best.most AND {within}")), never);
    // Others than the best are wanted.
    assert_eq!(plan("price", "JOIN", &format!("b.price < best.most AND {within}")), never);
    assert_eq!(plan("price", "JOIN", "b.price = best.most"), never);
    assert_eq!(plan("price", "JOIN", "b.price = best.most AND b.ts >= best.window_start"), never);
    let two_windows = "b.ts BETWEEN best.window_start AND best.window_end + INTERVAL '10' SECOND";
    assert_eq!(plan("price", "JOIN", &format!("b.price = best.most AND {two_windows}")), never);
    // Of floats one is no number.
    assert_eq!(plan("rate", "JOIN", &format!("b.rate = best.most AND {within}")), never);
}
