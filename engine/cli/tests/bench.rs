//! `millstream bench` as a user runs it, with few events: figures only behind answers that were checked, reports that other
//! programs can read, and refusals that say what to do.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test falls where it stands, and makes its files"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The events whose answers everybody knows: see `bench/nexmark/check-values.csv`.
const FEW: &[&str] = &["--events", "20000", "--rate", "1000", "--repetitions", "2"];

/// A folder for what is kept and what is written.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_millstream"));
        command.args(arguments).env("XDG_CACHE_HOME", self.path("cache")).current_dir(self.0.path());
        command.output().unwrap()
    }

    /// Runs a suite that has to succeed: what it shows, and its JSON, which must show and draw the same again. Its picture is
    /// looked at.
    fn report(&self, arguments: &[&str]) -> (String, Value) {
        let files = ["--json", "report.json", "--chart", "report.svg"];
        let output = self.run(&[&["bench"], arguments, &files].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        let json = std::fs::read_to_string(self.path("report.json")).unwrap();
        let picture = std::fs::read_to_string(self.path("report.svg")).unwrap();
        assert_eq!(fault_of_xml(&picture), None, "{picture}");
        assert!(picture.starts_with("<svg "), "{picture}");
        let again = self.run(&["bench", "report", "report.json", "--chart", "again.svg"]);
        assert!(again.status.success(), "{}", text(&again.stderr));
        assert_eq!(text(&again.stdout), text(&output.stdout), "what was kept shows something else");
        assert_eq!(std::fs::read_to_string(self.path("again.svg")).unwrap(), picture);
        (text(&output.stdout), serde_json::from_str(&json).unwrap())
    }

    /// A peer of this test, with the lines that it says when it is asked.
    fn peer(&self, name: &str, answers: &str) {
        self.summing_peer(name, answers, "");
    }

    /// The same, with what its sinks say that they have read.
    fn summing_peer(&self, name: &str, answers: &str, sums: &str) {
        let folder = self.path("repository/bench/peers");
        std::fs::create_dir_all(&folder).unwrap();
        let program = PEER.replace("ANSWERS", answers).replace("SUMMED", sums);
        std::fs::write(folder.join(format!("{name}.py")), program).unwrap();
    }
}

/// Answers with rows that it was given: what they are is what a test is about.
const PEER: &str = r#"
import json, os, sys
ROWS = {ANSWERS}
SUMS = {SUMMED}
ready = {"ready": True, "name": "test", "version": "1", "settings": {"threads": 2}, "sums": bool(SUMS)}
print(json.dumps(ready), flush=True)
for line in sys.stdin:
    question = json.loads(line)
    rows, summed = ROWS.get(question["query"]), SUMS.get((question["query"], question["sink"]))
    if summed is not None and question["answer"] is None:
        rows, changes, checksum = summed
        told = {"rows": rows, "changes": changes, "checksum": checksum}
        print(json.dumps({"query": question["query"], "seconds": 2.0, "cpu_seconds": 3.0, **told}), flush=True)
        continue
    if rows is None:
        print(json.dumps({"query": question["query"], "error": "it does not know"}), flush=True)
        continue
    if question["answer"] is not None:
        os.mkdir(question["answer"])
        with open(os.path.join(question["answer"], "part-0"), "w") as file:
            file.write(rows)
    print(json.dumps({"query": question["query"], "seconds": 2.0, "rows": 1, "cpu_seconds": 3.0}), flush=True)
"#;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Without it there is no peer, and the command says what to install.
fn has_python() -> bool {
    Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// What keeps a text from being XML: an element that is not closed, or closes another one; a bare `&`.
fn fault_of_xml(text: &str) -> Option<String> {
    let (mut open, mut rest) = (Vec::new(), text);
    while let Some((before, behind)) = rest.split_once('<') {
        if before
            .replace("&amp;", "")
            .replace("&lt;", "")
            .replace("&gt;", "")
            .replace("&quot;", "")
            .contains(['&', '>'])
        {
            return Some(format!("bare: {before}"));
        }
        let (tag, behind) = behind.split_once('>')?;
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        if tag.matches('"').count() % 2 == 1 {
            return Some(format!("quotes: {tag}"));
        }
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) if open.pop() != Some(name) => return Some(format!("closes another one: {tag}")),
            (false, false) => open.push(name),
            _ => {}
        }
        rest = behind;
    }
    (!open.is_empty()).then(|| format!("not closed: {open:?}"))
}

fn refused(arguments: &[&str], words: &[&str]) {
    let output = Desk::new().run(arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    for word in words {
        assert!(said.contains(word), "{arguments:?} does not say {word}: {said}");
    }
}

#[test]
fn nexmark_measures_what_its_check_values_have_found_right() {
    let desk = Desk::new();
    let (shown, json) =
        desk.report(&[&["nexmark", "--queries", "0,q5,12", "--memory", "256mb"], FEW].concat());
    assert!(shown.contains("held against check values (20000 events at 1000/s)"), "{shown}");
    assert!(shown.contains("mode streaming"), "{shown}");
    assert_eq!(json["suite"], "nexmark");
    assert!(json["machine"]["memory_bytes"].as_u64().unwrap() > 0);
    let queries: Vec<&str> =
        json["results"].as_array().unwrap().iter().map(|round| round["query"].as_str().unwrap()).collect();
    assert_eq!(queries, ["q0", "q5", "q12"]);
    let ours = &json["results"][0]["engines"][0];
    assert_eq!(ours["engine"], "millstream");
    assert_eq!(ours["runs"].as_array().unwrap().len(), 2);
    let [min, median, max] = ["min", "median", "max"].map(|name| ours["seconds"][name].as_f64().unwrap());
    assert!(0.0 < min && min <= median && median <= max);
    assert!((ours["events_per_second"].as_f64().unwrap() * median / 20_000.0 - 1.0).abs() < 1e-9);
    // 46 of 50 events are bids, and q0 shows them all.
    assert_eq!(json["results"][0]["answer"]["rows"], 18_400);
}

#[test]
fn a_sink_reads_all_rows_unless_nobody_wants_that() {
    let desk = Desk::new();
    let way = ["nexmark", "--memory", "256mb", "--queries", "0,5,12,16"];
    let (shown, json) = desk.report(&[&way, FEW].concat());
    assert!(shown.contains("sink reads every value of every row (checksum of 64 bits)"), "{shown}");
    assert!(shown.contains("equal in every run, of all who read them: q0, q5\n"), "{shown}");
    assert!(shown.contains("sums are told and not compared: q12, q16"), "{shown}");
    let q0 = &json["results"][0];
    assert_eq!(
        (&q0["are_sums_equal"], &q0["engines"][0]["consumed"]["rows"]),
        (&true.into(), &18_400.into())
    );
    assert_eq!(q0["engines"][0]["consumed"]["changes"], 0);
    assert_eq!(q0["engines"][0]["consumed"]["checksum"].as_str().unwrap().len(), 16);
    let (shown, json) = desk.report(&[&way, FEW, &["--sink", "blackhole"]].concat());
    assert!(shown.contains("sink blackhole"), "{shown}");
    assert_eq!(json["results"][0]["engines"][0]["consumed"], Value::Null);
}

/// What the final rows of a query sum up to, by the statement that users have for that.
fn summed(desk: &Desk, events: &str) -> (i64, String) {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().join("bench/nexmark");
    let read = |name: &str| std::fs::read_to_string(repository.join(name)).unwrap();
    let tables = read("tables.sql").replace("${EVENTS}", events).replace("${RATE}", "100000");
    let tables = tables.replace("${FOLDER}", ".");
    let sink = "'connector' = 'blackhole', 'checksum' = 'final'";
    let sql = format!("{tables} CREATE TABLE kept WITH ({sink}) AS {}", read("queries/q2.sql"));
    let output = desk.run(&["sql", "--output-format", "csv", "--memory", "256mb", "-q", &sql]);
    let (said, shown) = (text(&output.stderr), text(&output.stdout));
    let mut fields = shown.lines().nth(1).unwrap_or_else(|| panic!("{said}")).split(',').skip(1);
    (fields.next().unwrap().parse().unwrap(), fields.next().unwrap().to_owned())
}

#[test]
fn a_sum_that_is_another_one_is_wrong_and_no_figure() {
    if !has_python() {
        return;
    }
    let desk = Desk::new();
    let (rows, _) = summed(&desk, "20000");
    desk.summing_peer("other", "", &format!("('q2', 'checksum'): ({rows}, 0, '0123456789abcdef')"));
    let files = ["--json", "report.json"];
    let way = [
        "bench",
        "nexmark",
        "--queries",
        "2",
        "--memory",
        "256mb",
        "--peer",
        "other",
        "--repository",
        "repository",
    ];
    let output = desk.run(&[&way, FEW, &files].concat());
    let (said, shown) = (text(&output.stderr), text(&output.stdout));
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("1 of 1 queries are wrong"), "{said}");
    assert!(
        shown.contains(&format!("q2 is wrong and has no figure: other has consumed {rows} rows")),
        "{shown}"
    );
    let json: Value =
        serde_json::from_str(&std::fs::read_to_string(desk.path("report.json")).unwrap()).unwrap();
    let engines = json["results"][0]["engines"].as_array().unwrap();
    assert!(engines.iter().all(|engine| engine["seconds"].is_null()), "{json}");
}

#[test]
fn answers_of_many_rows_are_held_against_each_other_as_sums() {
    if !has_python() {
        return;
    }
    let desk = Desk::new();
    let (events, [query, other]) = ("1000001", ["('q2', 'final')", "('q2', 'checksum')"]);
    let (rows, checksum) = summed(&desk, events);
    let way = [
        "nexmark",
        "--queries",
        "2",
        "--events",
        events,
        "--check",
        "same",
        "--repetitions",
        "1",
        "--memory",
        "256mb",
        "--peer",
        "other",
        "--repository",
        "repository",
    ];
    let right = format!("({rows}, 0, '{checksum}')");
    desk.summing_peer("other", "", &format!("{query}: {right}, {other}: {right}"));
    let (shown, json) = desk.report(&way);
    assert!(shown.contains("held against other by the sum of all rows"), "{shown}");
    assert_eq!(json["results"][0]["answer"]["checksum"], checksum.as_str());
    desk.summing_peer("other", "", &format!("{query}: ({rows}, 0, '0123456789abcdef')"));
    let output = desk.run(&[&["bench"], &way[..]].concat());
    assert!(
        text(&output.stderr).contains("q2: the answer is not that of other, so no figure counts"),
        "{output:?}"
    );
}

#[test]
fn nexmark_reads_the_same_events_from_files() {
    let desk = Desk::new();
    for source in ["parquet", "json"] {
        let way = ["nexmark", "--source", source, "--queries", "3,8,13", "--memory", "256mb"];
        for mode in ["batch", "streaming"] {
            let (shown, json) = desk.report(&[&way, FEW, &["--mode", mode]].concat());
            assert!(shown.contains(&format!("source {source}")), "{shown}");
            assert_eq!(json["settings"]["mode"], mode);
        }
    }
    assert!(desk.path("cache/millstream/nexmark/20000-1000/bid.parquet").is_file());
}

#[test]
fn a_wrong_answer_is_an_error_and_no_figure() {
    let desk = Desk::new();
    desk.peer("other", "'q2': '1,2\\n'");
    let asked =
        [&["bench", "nexmark", "--queries", "2", "--peer", "other", "--repository", "repository"], FEW]
            .concat();
    let output = desk.run(&asked);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    match has_python() {
        true => assert!(said.contains("q2: the answer is not that of other, so no figure counts"), "{said}"),
        false => assert!(said.contains("python3 is needed to start it"), "{said}"),
    }
}

#[test]
fn a_peer_is_measured_by_turns_and_what_it_cannot_stays_empty() {
    if !has_python() {
        return;
    }
    let desk = Desk::new();
    desk.peer("judge", "'q6': '3000.0000\\n'");
    let columns = "l_orderkey, l_partkey, l_suppkey, l_linenumber, l_quantity, l_extendedprice, l_discount, l_tax, \
                   l_returnflag, l_linestatus, l_shipdate";
    let row = "1, 1, 1, 1, CAST(10 AS DECIMAL(15, 2)), CAST(60000 AS DECIMAL(15, 2)), CAST(0.05 AS DECIMAL(15, 2)), \
               CAST(0 AS DECIMAL(15, 2)), 'A', 'F', DATE '1994-06-01'";
    let tables = ["customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier"];
    for table in tables {
        let sql = format!(
            "CREATE TABLE t WITH ('connector' = 'filesystem', 'path' = 'made/{table}', 'format' = 'parquet')
             AS SELECT * FROM (VALUES ({row})) AS v ({columns})"
        );
        let output = desk.run(&["sql", "--parallelism", "1", "--memory", "256mb", "-q", &sql]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        std::fs::rename(
            only_file(&desk.path(&format!("made/{table}"))),
            desk.path(&format!("{table}.parquet")),
        )
        .unwrap();
    }
    let way = [
        "tpch",
        "--queries",
        "6",
        "--tables",
        ".",
        "--repetitions",
        "3",
        "--peer",
        "judge",
        "--memory",
        "256mb",
    ];
    let (shown, json) = desk.report(&[&way[..], &["--repository", "repository"]].concat());
    let engines = json["results"][0]["engines"].as_array().unwrap();
    assert_eq!([&engines[0]["engine"], &engines[1]["engine"]], ["millstream", "judge"]);
    assert_eq!(engines[1]["seconds"]["median"], 2.0);
    assert_eq!(engines[1]["cpu_seconds"]["median"], 3.0);
    assert!(engines[1]["times_as_fast"]["median"].as_f64().unwrap() > 0.0);
    assert_eq!(json["peers"][0]["settings"]["threads"], 2);
    assert!(shown.contains("in the geometric mean of 1 query ("), "{shown}");
    assert!(shown.contains("held against judge"), "{shown}");
}

/// What each question of a suite has come to, as other programs read it.
fn answers(json: &Value) -> Vec<(&str, i64)> {
    let rounds = json["results"].as_array().unwrap().iter();
    rounds
        .map(|round| (round["query"].as_str().unwrap(), round["answer"]["rows"].as_i64().unwrap()))
        .collect()
}

#[test]
fn groups_and_joins_are_measured_once_a_peer_has_said_the_same() {
    if !has_python() {
        return;
    }
    let desk = Desk::new();
    // By DuckDB, of the table that is made.
    desk.peer("judge", r"'g1': 'id001,572\nid002,598\nid003,591\nid004,607\nid005,602\n'");
    let few = ["--rows", "1000", "--groups", "5", "--repetitions", "1", "--memory", "256mb"];
    let peer = ["--peer", "judge", "--repository", "repository"];
    let (shown, json) = desk.report(&[&["h2o", "--questions", "g1"], &few[..], &peer].concat());
    assert!(shown.contains("held against judge (1000 rows, 5 groups)"), "{shown}");
    assert_eq!(answers(&json), [("g1", 5)]);
    assert!(json["results"][0]["engines"][0]["rows_per_second"].as_f64().unwrap() > 0.0);
    assert!(desk.path("cache/millstream/h2o/groups-1000-5/x.parquet").is_file());
    assert!(!desk.path("cache/millstream/h2o/joins-1000").exists(), "nobody has asked for joins");

    desk.peer("judge", r"'g1': 'id001,573\nid002,598\nid003,591\nid004,607\nid005,602\n'");
    let output = desk.run(&[&["bench", "h2o", "--questions", "g1"], &few[..], &peer].concat());
    let said = text(&output.stderr);
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    assert!(said.contains("g1: the answer is not that of judge, so no figure counts"), "{said}");
    assert!(said.contains("found   id001 | 572") && said.contains("wanted  id001 | 573"), "{said}");
}

#[test]
fn rows_are_sorted_and_their_order_is_the_answer() {
    let desk = Desk::new();
    let few = ["sort", "--repetitions", "1", "--memory", "256mb", "--rows"];
    let (shown, json) = desk.report(&[&few[..], &["5000"]].concat());
    assert!(shown.contains("held against check values (5000 rows)"), "{shown}");
    let all = [("random", 5000), ("ascending", 5000), ("descending", 5000), ("records", 5000)];
    assert_eq!(answers(&json), all);
    if has_python() {
        desk.peer("other", r"'descending': '1\n3\n2\n'");
        let peer = ["3", "--inputs", "descending", "--peer", "other", "--repository", "repository"];
        let output = desk.run(&[&["bench"], &few[..], &peer].concat());
        let said = text(&output.stderr);
        assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
        assert!(said.contains("descending: the answer is not that of other, so no figure counts"), "{said}");
        assert!(said.contains("too many  1 | 2"), "{said}");
    }
}

#[test]
fn rows_that_memory_does_not_hold_are_sorted_by_way_of_the_disk() {
    let desk = Desk::new();
    // Ten megabytes of records.
    let way = ["sort", "--inputs", "records", "--rows", "100000", "--repetitions", "1"];
    let little = ["--memory", "80mb", "-D", "taskmanager.memory.managed.size=8mb"];
    let output = desk.run(&[&["bench"], &way[..], &little, &["-D", "spill.size.max=0"]].concat());
    let said = text(&output.stderr);
    assert!(said.contains("no room to spill"), "memory holds them, so nothing is shown here: {said}");
    let (shown, json) = desk.report(&[&way[..], &little].concat());
    assert!(shown.contains("held against check values (100000 rows)"), "{shown}");
    assert!(shown.contains("memory 80mb"), "{shown}");
    assert_eq!(answers(&json), [("records", 100_000)]);
}

/// Items of orders, of which two were shipped on one day.
const ITEMS: &str = "CREATE TABLE t WITH ('connector' = 'filesystem', 'path' = 'made', 'format' = 'parquet') AS
    SELECT CAST(k AS BIGINT) AS l_orderkey, CAST(1 AS BIGINT) AS l_partkey, CAST(2 AS BIGINT) AS l_suppkey, 3 AS l_linenumber,
        CAST(4 AS DECIMAL(15, 2)) AS l_quantity, CAST(5 AS DECIMAL(15, 2)) AS l_extendedprice,
        CAST(0.06 AS DECIMAL(15, 2)) AS l_discount, CAST(0 AS DECIMAL(15, 2)) AS l_tax, 'N' AS l_returnflag, 'O' AS l_linestatus,
        d AS l_shipdate, d AS l_commitdate, d AS l_receiptdate, 'NONE' AS l_shipinstruct, 'AIR' AS l_shipmode, 'none' AS l_comment
    FROM (VALUES (1, DATE '1994-01-03'), (2, DATE '1994-01-01'), (3, DATE '1994-01-03')) AS v (k, d)";

#[test]
fn items_of_one_day_may_be_sorted_in_any_order_but_days_may_not_fall() {
    let desk = Desk::new();
    let output = desk.run(&["sql", "--parallelism", "1", "--memory", "256mb", "-q", ITEMS]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    std::fs::rename(only_file(&desk.path("made")), desk.path("lineitem.parquet")).unwrap();
    let few = ["sort", "--inputs", "lineitem", "--tables", ".", "--repetitions", "1", "--memory", "256mb"];
    let (shown, json) = desk.report(&few);
    assert!(shown.contains("held against check values (lineitem of tables of the user)"), "{shown}");
    assert_eq!(answers(&json), [("lineitem", 3)]);
    if !has_python() {
        return;
    }
    let item = |key: u32, day: u32| {
        format!(
            r"1994-01-0{day},{key},1,2,3,4.00,5.00,0.06,0.00,N,O,1994-01-0{day},1994-01-0{day},NONE,AIR,none\n"
        )
    };
    let peer = ["--peer", "other", "--repository", "repository"];
    desk.peer("other", &format!("'lineitem': '{}{}{}'", item(2, 1), item(3, 3), item(1, 3)));
    let (shown, _) = desk.report(&[&few[..], &peer].concat());
    assert!(shown.contains("held against check values, other"), "{shown}");
    desk.peer("other", &format!("'lineitem': '{}{}{}'", item(1, 3), item(2, 1), item(3, 3)));
    let said = text(&desk.run(&[&["bench"], &few[..], &peer].concat()).stderr);
    assert!(said.contains("not in order: row 2: 1994-01-01 behind 1994-01-03"), "{said}");
}

#[test]
fn words_are_counted_as_a_stream_and_as_a_batch() {
    let desk = Desk::new();
    let few = ["wordcount", "--words", "20000", "--repetitions", "1", "--memory", "256mb"];
    let (shown, json) = desk.report(&few);
    assert!(shown.contains("held against check values (20000 words"), "{shown}");
    let [stream, batch] = answers(&json)[..] else { panic!("{json}") };
    assert_eq!((stream.0, batch.0, stream.1), ("stream", "batch", batch.1));
    assert!((4_000..=5_000).contains(&batch.1), "{json}");
    assert_eq!(json["results"][0]["answer"]["checksum"], json["results"][1]["answer"]["checksum"]);
    if has_python() {
        desk.peer("other", r"'stream': 'aaaaaaa,1\n'");
        let peer = ["--peer", "other", "--repository", "repository"];
        let output = desk.run(&[&["bench"], &few[..], &peer].concat());
        let said = text(&output.stderr);
        assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
        assert!(said.contains("stream: the answer is not that of other, so no figure counts"), "{said}");
    }
}

#[test]
fn events_of_ads_are_counted_by_campaign() {
    let few = [
        "--events",
        "30000",
        "--rate",
        "1000",
        "--repetitions",
        "2",
        "--parallelism",
        "2",
        "--memory",
        "256mb",
    ];
    let (shown, json) = Desk::new().report(&[&["ysb"], &few[..]].concat());
    assert!(shown.contains("held against a plain loop over the same events"), "{shown}");
    assert!(shown.contains("events/s for each core that works"), "{shown}");
    // A hundred campaigns in three windows.
    assert_eq!(answers(&json), [("ysb", 300)]);
    assert_eq!(json["results"][0]["engines"][0]["runs"].as_array().unwrap().len(), 2);
    let (shown, json) = Desk::new().report(&[&["ysb", "--source", "parquet"], &few[..]].concat());
    assert!(
        shown.contains("held against check values (30000 events, 1000 to a second of their time)"),
        "{shown}"
    );
    assert_eq!(answers(&json), [("ysb", 300)]);
    refused(&["bench", "ysb", "--peer", "duckdb"], &["peers read files: --source parquet"]);
}

#[test]
fn rows_are_exchanged_by_two_routes() {
    let few = [
        "--rows",
        "50000",
        "--batch-rows",
        "1000",
        "--repetitions",
        "1",
        "--parallelism",
        "2",
        "--memory",
        "256mb",
    ];
    let desk = Desk::new();
    let (shown, json) = desk.report(&[&["exchange"], &few[..]].concat());
    assert!(shown.contains("GB/s") && shown.contains("subtasks 2 to 2"), "{shown}");
    assert_eq!(answers(&json), [("hash", 50_000), ("rebalance", 50_000)]);
    if !has_python() {
        return;
    }
    // With a peer each of sixteen batches is sent as often as the others.
    desk.peer("other", r"'hash': '64000,1,5888000\n'");
    let peer = ["--peer", "other", "--repository", "repository"];
    let said = text(&desk.run(&[&["bench", "exchange"], &few[..], &peer].concat()).stderr);
    assert!(said.contains("hash: the answer of other is wrong, so no figure counts"), "{said}");
    let keys =
        "SELECT SUM(CAST(id AS DECIMAL(38, 0))) * 4 FROM 'cache/millstream/exchange/1000/block.parquet'";
    let sum = desk.run(&["sql", "--memory", "256mb", "--output-format", "csv", "-q", keys]);
    let sum = text(&sum.stdout).lines().last().unwrap().to_owned();
    desk.peer("other", &format!(r"'hash': '64000,{sum},5888000\n'"));
    let (shown, json) = desk.report(&[&["exchange"], &few[..], &peer].concat());
    assert!(shown.contains("held against other, the sums of keys"), "{shown}");
    assert!(shown.contains("other has no figure for rebalance: it does not know"), "{shown}");
    assert_eq!(answers(&json), [("hash", 64_000), ("rebalance", 64_000)]);
    assert_eq!(json["results"][0]["engines"][1]["seconds"]["median"], 2.0);
}

#[test]
fn latencies_stand_beside_those_of_the_machine() {
    let few = [
        "--rates",
        "1000,2000",
        "--seconds",
        "0.2",
        "--warm-up",
        "0.1",
        "--window",
        "0.1",
        "--memory",
        "256mb",
    ];
    let (shown, json) = Desk::new().report(&[&["latency"], &few[..]].concat());
    assert!(shown.contains("the machine alone: gaps"), "{shown}");
    assert!(shown.contains("their number and their sum are right"), "{shown}");
    let programs = json["results"].as_array().unwrap();
    let names = programs.iter().map(|one| (one["workload"].as_str().unwrap(), one["rate"].as_u64().unwrap()));
    let all = [
        ("chain", 1000),
        ("chain", 2000),
        ("keyed", 1000),
        ("keyed", 2000),
        ("windows: first row", 2000),
        ("windows: last row", 2000),
    ];
    assert_eq!(names.collect::<Vec<_>>(), all);
    let samples: Vec<u64> = programs.iter().map(|one| one["samples"].as_u64().unwrap()).collect();
    // Half of the rows of a chain; a window every 20 ms.
    assert_eq!(samples, [100, 200, 200, 400, 10, 10]);
    for one in programs {
        let most =
            |of: &Value| ["p50", "p99", "p99.9", "p99.99", "max"].map(|name| of[name].as_f64().unwrap());
        for values in [most(&one["microseconds"]), most(&one["machine_alone"]["microseconds"])] {
            assert!(values[0] > 0.0 && values.is_sorted(), "{one}");
        }
    }
}

fn only_file(folder: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let file = files.next().unwrap();
    assert!(files.next().is_none());
    file
}

#[test]
fn the_start_of_the_program_is_measured_in_processes_of_their_own() {
    let (shown, json) = Desk::new().report(&["startup", "--repetitions", "2"]);
    assert!(shown.contains("resident memory of an idle engine"), "{shown}");
    let results = &json["results"];
    assert!(results["select_1_seconds"]["median"].as_f64().unwrap() > 0.0);
    assert!(results["idle_resident_bytes"].as_u64().unwrap() > 1 << 20);
    let program = std::fs::metadata(env!("CARGO_BIN_EXE_millstream")).unwrap().len();
    assert_eq!(results["program_bytes"], program);
}

#[test]
fn the_dial_has_seven_notches() {
    let few = [
        "dial",
        "--rows",
        "20000",
        "--rate",
        "2000",
        "--seconds",
        "0.2",
        "--repetitions",
        "1",
        "--memory",
        "256mb",
    ];
    let (shown, json) = Desk::new().report(&few);
    assert!(shown.contains("every update of the count has come, in every run"), "{shown}");
    let notches = json["results"].as_array().unwrap();
    let names: Vec<&str> = notches.iter().map(|notch| notch["timeout"].as_str().unwrap()).collect();
    assert_eq!(names, ["0", "100us", "1ms", "10ms", "100ms", "-1", "auto"]);
    for notch in notches {
        assert_eq!(notch["samples"], 400);
        let [p50, p99] = ["p50", "p99"].map(|name| notch["microseconds"][name].as_f64().unwrap());
        assert!(0.0 < p50 && p50 <= p99, "{notch}");
        assert!(notch["share"].as_f64().unwrap() <= 1.0);
    }
}

#[test]
fn what_is_not_there_has_a_neighbour_that_is() {
    refused(&["bench", "nexmrk"], &["nexmrk", "nexmark"]);
    refused(&["bench", "nexmark", "--query", "1"], &["--query", "--queries"]);
    refused(&["bench", "nexmark", "--corpus", "D7"], &["D0"]);
    refused(&["bench", "nexmark", "--queries", "24"], &["the queries are 0 to 23"]);
    refused(&["bench", "nexmark", "--source", "parket"], &["parquet"]);
    refused(&["bench", "h2o", "--questions", "g11"], &["the questions are g1 to g10 and j1 to j5"]);
    refused(&["bench", "sort", "--inputs", "randm"], &["random"]);
    refused(&["bench", "latency", "--seconds", "0"], &["a number of seconds between 0.01 and 3600"]);
    refused(&["bench", "tpch", "--scale", "big"], &["a scale factor is a number such as 0.1, 1 or 10"]);
    refused(
        &["bench", "nexmark", "--peer", "duckdb", "--repository", "nowhere"],
        &["there is no bench/peers in it"],
    );
    let desk = Desk::new();
    std::fs::write(desk.path("no.json"), "{\"suite\": \"dial\"}").unwrap();
    let output = desk.run(&["bench", "report", "no.json"]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("no.json: it is no report of this version of the command"), "{said}");
    desk.peer("other", "");
    let output = desk.run(&["bench", "nexmark", "--peer", "othr", "--repository", "repository"]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("--peer othr: there is no such peer; did you mean other?"), "{said}");
}

#[test]
fn help_teaches() {
    let output = Desk::new().run(&["bench", "--help"]);
    let help = text(&output.stdout);
    let suites = [
        "nexmark",
        "tpch",
        "h2o",
        "sort",
        "wordcount",
        "ysb",
        "exchange",
        "latency",
        "dial",
        "startup",
        "report",
    ];
    for word in suites.iter().chain(&["A-B-B-A", "--peer duckdb", "--chart"]) {
        assert!(help.contains(word), "{help}");
    }
    assert!(!help.contains("idle engine says") && !help.contains("  idle"), "{help}");
}
