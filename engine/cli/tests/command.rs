//! What the command does beside single statements: sessions after one another, files of options, sockets.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test falls where it stands, and makes its files"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

fn millstream(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_millstream"));
    command.env_remove("MILLSTREAM_CONF_DIR").current_dir(folder);
    command
}

/// What a session answers, in CSV; or what is wrong.
fn answer(folder: &Path, arguments: &[&str], sql: &str) -> Result<String, String> {
    let output = millstream(folder)
        .args(["sql", "--output-format", "csv", "--memory", "256mb"])
        .args(arguments)
        .args(["-q", sql])
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// All names in a directory, in order.
fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

const CATALOG: &str = "CREATE CATALOG c WITH ('type' = 'directory', 'path' = 'kept'); USE CATALOG c;";

#[test]
fn what_a_directory_keeps_the_next_session_finds() {
    let folder = tempfile::tempdir().unwrap();
    let run = |sql: &str| answer(folder.path(), &[], &format!("{CATALOG} {sql}"));
    let made = "CREATE DATABASE shop; USE shop;
        CREATE TABLE orders (id INT, `what's` STRING COMMENT 'it''s', twice AS id * 2 -- a comment
        ) WITH ('connector' = 'filesystem', 'path' = 'orders', 'format' = 'csv');
        CREATE VIEW dear (n) AS SELECT twice FROM orders WHERE id > 1;
        CREATE FUNCTION half(x) AS x / 2;
        CREATE TEMPORARY VIEW gone AS SELECT 1 AS n;
        INSERT INTO orders VALUES (1, 'a'), (2, 'b')";
    assert_eq!(run(made), Ok(String::new()));
    assert_eq!(names(&folder.path().join("kept")), ["default", "shop"]);
    assert_eq!(names(&folder.path().join("kept/shop")), ["HALF.function.sql", "dear.sql", "orders.sql"]);
    assert_eq!(run("SHOW TABLES FROM shop"), Ok("table name\ndear\norders\n".to_owned()));
    assert_eq!(run("USE shop; SELECT half(n) AS n FROM dear"), Ok("n\n2\n".to_owned()));

    // What one session alters the next one finds altered, and what it drops is gone.
    let altered = "ALTER TABLE shop.orders ADD thrice AS id * 3; ALTER VIEW shop.dear RENAME TO d";
    assert_eq!(run(altered), Ok(String::new()));
    assert_eq!(
        run("SELECT thrice, n FROM shop.orders, shop.d WHERE id = 1"),
        Ok("thrice,n\n3,4\n".to_owned())
    );
    assert_eq!(run("DROP VIEW shop.d; DROP FUNCTION shop.half"), Ok(String::new()));
    assert_eq!(names(&folder.path().join("kept/shop")), ["orders.sql"]);
    assert_eq!(run("DROP DATABASE shop CASCADE"), Ok(String::new()));
    assert_eq!(names(&folder.path().join("kept")), ["default"]);
}

#[test]
fn a_file_of_a_catalog_may_be_written_by_hand_and_is_told_if_it_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("kept/default")).unwrap();
    let write =
        |name: &str, text: &str| std::fs::write(folder.path().join("kept/default").join(name), text).unwrap();
    write("n.sql", "-- by hand\nCREATE VIEW n AS SELECT 7 AS n;\n");
    write("wrong.sql", "CREATE TABL x");
    write("README.md", "not a table");
    let run = |sql: &str| answer(folder.path(), &[], &format!("{CATALOG} {sql}"));
    assert_eq!(run("SHOW TABLES"), Ok("table name\nn\nwrong\n".to_owned()));
    assert_eq!(run("SELECT * FROM n"), Ok("n\n7\n".to_owned()));
    let words = run("SELECT * FROM wrong").unwrap_err();
    assert!(words.contains("what is kept of `c`.`default`.`wrong`: Expected: TABLE, VIEW"), "{words}");
}

#[test]
fn an_insert_of_today_lies_beside_that_of_yesterday() {
    let folder = tempfile::tempdir().unwrap();
    let table = "CREATE TABLE t (a INT, day STRING) PARTITIONED BY (day) WITH ('connector' = 'filesystem',
        'path' = 't', 'format' = 'csv', 'sink.partition-commit.policy.kind' = 'success-file');";
    let run = |sql: &str| answer(folder.path(), &["--parallelism", "2"], &format!("{table} {sql}"));
    for (number, day) in [(1, "mon"), (2, "mon"), (3, "tue")] {
        let insert = format!("INSERT INTO t PARTITION (day = '{day}') VALUES ({number})");
        assert_eq!(run(&insert), Ok(String::new()));
    }
    assert_eq!(run("SELECT a, day FROM t ORDER BY a"), Ok("a,day\n1,mon\n2,mon\n3,tue\n".to_owned()));
    let files = names(&folder.path().join("t/day=mon"));
    assert_eq!((files.len(), files[0].as_str()), (3, "_SUCCESS"), "{files:?}");
    assert_eq!(run("INSERT OVERWRITE t VALUES (9, 'mon')"), Ok(String::new()));
    assert_eq!(run("SELECT a, day FROM t ORDER BY a"), Ok("a,day\n3,tue\n9,mon\n".to_owned()));
}

#[test]
fn options_come_from_a_file_and_arguments_hold_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = "parallelism.default: 3\nexecution:\n  runtime-mode: batch # nested\n";
    std::fs::write(folder.path().join("config.yaml"), file).unwrap();
    let set = |arguments: &[&str]| answer(folder.path(), arguments, "SET").unwrap();
    // A file that nobody names is not read.
    assert!(set(&[]).contains("execution.runtime-mode,automatic"));
    let named = set(&["--config", "config.yaml"]);
    assert!(
        named.contains("execution.runtime-mode,batch") && named.contains("parallelism.default,3"),
        "{named}"
    );
    let both = set(&["--config", "config.yaml", "--parallelism", "1", "-Dexecution.runtime-mode=streaming"]);
    assert!(
        both.contains("execution.runtime-mode,streaming") && both.contains("parallelism.default,1"),
        "{both}"
    );

    let mut by_variable = millstream(folder.path());
    let by_variable =
        by_variable.env("MILLSTREAM_CONF_DIR", ".").args(["sql", "-q", "SET"]).output().unwrap();
    assert!(String::from_utf8_lossy(&by_variable.stdout).contains("batch"));

    std::fs::write(folder.path().join("config.yaml"), "paralelism.default: 3\n").unwrap();
    let words = answer(folder.path(), &["--config", "config.yaml"], "SET").unwrap_err();
    assert!(
        words.contains("config.yaml:1") && words.contains("did you mean parallelism.default?"),
        "{words}"
    );
    let words = answer(folder.path(), &["--config", "missing.yaml"], "SET").unwrap_err();
    assert!(words.contains("missing.yaml: No such file"), "{words}");
}

#[test]
fn lines_of_a_socket_are_rows_of_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let peer = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"ann,12\nbob,x\neve,5\nann,1\n").unwrap();
    });
    let sql = format!(
        "CREATE TABLE s (name STRING, score INT, doubled AS score * 2) WITH ('connector' = 'socket', 'hostname' = 'localhost',
            'port' = '{port}', 'byte-delimiter' = '10', 'format' = 'csv', 'csv.ignore-parse-errors' = 'true');
        SELECT name, doubled FROM s WHERE doubled IS NULL OR doubled > 5"
    );
    let rows = answer(folder.path(), &["--parallelism", "2"], &sql);
    peer.join().unwrap();
    let rows = rows.unwrap();
    let mut lines: Vec<&str> = rows.lines().collect();
    lines[1..].sort_unstable();
    assert_eq!(lines, ["name,doubled", "ann,24", "bob,", "eve,10"]);
}

#[test]
fn an_explanation_says_how_much_is_guessed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("n.csv"), "a,b\n1,2\n3,4\n").unwrap();
    let explain = |details: &str| {
        answer(folder.path(), &[], &format!("EXPLAIN {details} SELECT a FROM 'n.csv' WHERE a > 1")).unwrap()
    };
    // Three lines, one of which is no row, but that is not looked at; a condition leaves a third. A BIGINT has eight bytes, and
    // what is kept of a row beside it is taken for sixteen.
    let costs = explain("ESTIMATED_COST, CHANGELOG_MODE");
    assert!(costs.contains(": about 3 rows, 72 bytes\n"), "{costs}");
    assert!(costs.contains(": about 1 rows, 24 bytes\n"), "{costs}");
    assert!(!explain("").contains("about"));
}

/// Each row that was read before Ctrl-C is in a window, and each window is told, those too that were not over.
#[test]
fn a_stream_is_drained() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("job.sql"),
        "CREATE TABLE numbers (n BIGINT, `at` TIMESTAMP(3), WATERMARK FOR `at` AS `at` - INTERVAL '0.5' SECOND) WITH ('connector' = 'datagen',
            'rows-per-second' = '5000', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '1000000000');
        CREATE TABLE seen (least BIGINT, most BIGINT, numbers BIGINT) WITH ('connector' = 'print');
        INSERT INTO seen SELECT MIN(n), MAX(n), COUNT(*)
        FROM TABLE(TUMBLE(TABLE numbers, DESCRIPTOR(`at`), INTERVAL '0.2' SECOND)) GROUP BY window_start, window_end;",
    )
    .unwrap();
    let mut running = millstream(folder.path())
        .args(["run", "job.sql", "--mode", "streaming", "--memory", "256mb", "--parallelism", "1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
    let mut told = vec![lines.next().unwrap().unwrap()];
    // The first window is over, so it runs.
    let interrupted = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    told.extend(lines.map(Result::unwrap));
    let ended = running.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(130), "{words}");
    assert!(words.contains("drained after"), "{words}");
    // `+I[1, 900, 900]`
    let windows: Vec<Vec<u64>> = told
        .iter()
        .map(|line| {
            line["+I[".len()..line.len() - 1].split(", ").map(|number| number.parse().unwrap()).collect()
        })
        .collect();
    let read = windows.iter().map(|window| window[1]).max().unwrap();
    assert!(windows.len() > 1, "the one that was open is told: {told:?}");
    assert_eq!(windows.iter().map(|window| window[2]).sum::<u64>(), read, "{told:?}");
}

/// A stream in the order of its time: rows leave when time has come to them, and not at an end that never comes.
#[test]
fn rows_of_a_stream_are_in_the_order_of_time() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "2025-01-01 00:00:03,1\n2025-01-01 00:00:01,2\n2025-01-01 00:00:03,9\n2025-01-01 00:00:02,4\n2025-01-01 00:00:03,5\n";
    std::fs::write(folder.path().join("rows.csv"), rows).unwrap();
    let table = "CREATE TABLE rows_of_time (`at` TIMESTAMP(3), n INT, WATERMARK FOR `at` AS `at` - INTERVAL '5' SECOND)
        WITH ('connector' = 'filesystem', 'path' = 'rows.csv', 'format' = 'csv');";
    let asked = |order: &str| {
        let sql = format!("{table} SELECT n FROM rows_of_time ORDER BY {order}");
        answer(folder.path(), &["--mode", "streaming", "--parallelism", "2"], &sql)
    };
    assert_eq!(asked("`at`, n DESC"), Ok("n\n2\n4\n9\n5\n1\n".to_owned()));
    // Another order waits for the end of the rows.
    assert_eq!(asked("n"), Ok("n\n1\n2\n4\n5\n9\n".to_owned()));

    let endless = "CREATE TABLE numbers (n BIGINT, `at` TIMESTAMP(3), WATERMARK FOR `at` AS `at`) WITH ('connector' = 'datagen',
            'rows-per-second' = '1000', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '1000000000');
        SELECT `at` FROM numbers ORDER BY `at`, n";
    let mut running = millstream(folder.path())
        .args(["sql", "--output-format", "csv", "--mode", "streaming", "--memory", "256mb", "-q", endless])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(running.stdout.take().unwrap()).lines().skip(1).take(1000);
    let times: Vec<String> = lines.map(Result::unwrap).collect();
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(times.len() == 1000 && times.is_sorted(), "{times:?}");
}

#[test]
fn a_plan_is_a_picture_too() {
    let folder = tempfile::tempdir().unwrap();
    let drawn = |format: &str| {
        let query = [
            "explain",
            "--parallelism",
            "2",
            "--format",
            format,
            "-q",
            "SELECT x, COUNT(*) FROM (VALUES (1), (2)) AS t(x) GROUP BY x",
        ];
        let output = millstream(folder.path()).args(query).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let dot = drawn("graphviz");
    assert!(dot.starts_with("digraph job {") && dot.trim_end().ends_with('}'), "{dot}");
    assert!(dot.contains("Aggregate") && dot.contains("[label = \"hash\"]"), "{dot}");
    let mermaid = drawn("mermaid");
    assert!(mermaid.starts_with("flowchart LR") && mermaid.contains("-->|hash|"), "{mermaid}");
    let json: serde_json::Value = serde_json::from_str(&drawn("json")).unwrap();
    assert!(json.is_object(), "{json}");
    assert!(drawn("text").contains("== Job Graph =="));
}

/// The example of `examples/sql`, which the compose file runs: no click is lost between windows.
#[test]
fn the_example_counts_every_click() {
    let script = Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says which checkout it is"))
        .join("../../examples/sql/clicks.sql");
    let output = millstream(Path::new("."))
        .args(["run", "--mode", "streaming", "--memory", "256mb", "--variable", "RATE=100000"])
        .args(["--variable", "ROWS=5000"])
        .arg(script)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let clicks = |line: &str| line.split(", ").nth(2).and_then(|count| count.parse::<u64>().ok()).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(text.lines().map(clicks).sum::<u64>(), 5000, "{text}");
}

#[test]
fn rows_are_lines_for_whoever_listens() {
    let folder = tempfile::tempdir().unwrap();
    for (format, expected) in
        [("csv", "ann,24\neve,10\n"), ("json", "{\"name\":\"ann\",\"n\":24}\n{\"name\":\"eve\",\"n\":10}\n")]
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let peer = std::thread::spawn(move || {
            let mut text = String::new();
            listener.accept().unwrap().0.read_to_string(&mut text).unwrap();
            text
        });
        let sql = format!(
            "CREATE TABLE s (name STRING, n INT) WITH ('connector' = 'socket', 'hostname' = 'localhost', 'port' = '{port}',
                'format' = '{format}');
            INSERT INTO s VALUES ('ann', 24), ('eve', 10)"
        );
        assert_eq!(answer(folder.path(), &["--parallelism", "2"], &sql), Ok(String::new()));
        let text = peer.join().unwrap();
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        };
        assert_eq!(sorted(&text), sorted(expected));
    }
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let table = |with: &str| {
        format!(
            "CREATE TABLE s (n INT) WITH ('connector' = 'socket', 'hostname' = '127.0.0.1', 'port' = '{port}', {with});
            INSERT INTO s VALUES (1)"
        )
    };
    let said = |with: &str| answer(folder.path(), &[], &table(with)).unwrap_err();
    let words = said("'format' = 'csv', 'max-retries' = '2', 'retry-delay' = '1 ms'");
    assert!(words.contains(&format!("start a listener, e.g. `nc -lk {port}`")), "{words}");
    let words = said("'format' = 'csv', 'max-retries' = 'some'");
    assert!(
        words.contains("'max-retries' = 'some'; it is a whole number, or -1 for as many as it takes"),
        "{words}"
    );
    let words = said("'format' = 'raw'");
    assert!(words.contains("a line of text is one column of strings"), "{words}");
}

#[test]
fn what_is_piped_in_is_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let piped = |input: &[u8], sql: &str| {
        let mut command = millstream(folder.path());
        command.args(["sql", "--output-format", "csv", "--memory", "256mb", "--parallelism", "2", "-q", sql]);
        let mut command =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        command.stdin.take().unwrap().write_all(input).unwrap();
        let output = command.wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    };
    let csv = b"name,n\nann,1\nbob,20\nann,300\n";
    let sums = "SELECT name, SUM(n) AS n FROM '-' GROUP BY name ORDER BY name";
    assert_eq!(piped(csv, sums), Ok("name,n\nann,301\nbob,20\n".to_owned()));
    // It is read as often as a query names it.
    let twice = "SELECT COUNT(*) AS n FROM '-' AS a, '/dev/stdin' AS b";
    assert_eq!(piped(csv, twice), Ok("n\n9\n".to_owned()));
    let json = b"{\"name\": \"ann\", \"n\": 1}\n{\"name\": \"ann\", \"n\": 2}\n";
    assert_eq!(piped(json, sums), Ok("name,n\nann,3\n".to_owned()));
    assert_eq!(piped(b"name\tn\nann\t5\n", sums), Ok("name,n\nann,5\n".to_owned()));
    let words = piped(b"", sums).unwrap_err();
    assert!(words.contains("nothing came through the standard input"), "{words}");

    // A file is read where it is.
    std::fs::write(folder.path().join("n.csv"), csv).unwrap();
    let file = std::fs::File::open(folder.path().join("n.csv")).unwrap();
    let mut command = millstream(folder.path());
    let output = command.args(["sql", "--output-format", "csv", "-q", sums]).stdin(file).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "name,n\nann,301\nbob,20\n");
}
