//! Listeners on the loopback, on ports that the kernel picks.

#![expect(clippy::disallowed_methods, reason = "the other end of a socket is a thread of the test")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use arrow_array::cast::AsArray;
use arrow_array::{RecordBatch, StringViewArray, record_batch};
use arrow_schema::{DataType, Field, Schema};
use operators::{Sink, Source};
use runtime::job::JobState;

use super::*;
use crate::collection::Collection;
use crate::format::CsvOptions;
use crate::read::{FileSourceSpec, OnError};
use crate::trial::{self, Kept};

/// Listens, and lets `serve` have each of so many connections after the other.
fn listen<T: Send + 'static>(
    connections: usize,
    serve: impl Fn(usize, TcpStream) -> T + Send + 'static,
) -> (u16, JoinHandle<Vec<T>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve_all =
        move || (0..connections).map(|number| serve(number, listener.accept().unwrap().0)).collect();
    (port, thread::spawn(serve_all))
}

/// A port on which nobody listens.
fn silent_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn texts(kept: &Kept) -> Vec<String> {
    let batches = kept.batches();
    let column = |batch: &memory::Batch| batch.columns().column(0).as_string_view().clone();
    batches
        .iter()
        .flat_map(|(.., batch)| column(batch).iter().flatten().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

fn reading(source: SocketSource) -> (runtime::job::Vertex, Kept) {
    let kept = Kept::default();
    let sink = kept.clone();
    (trial::vertex(move |seat| source.make(seat), move |seat| sink.make(seat)), kept)
}

#[test]
fn lines_become_rows_and_the_end_of_the_connection_is_the_end() {
    let (port, peer) = listen(1, |_, mut stream| {
        for piece in ["to be\nor ", "not\r\n", "\nto be\nlast"] {
            stream.write_all(piece.as_bytes()).unwrap();
        }
    });
    let (vertex, kept) = reading(SocketSource::new("127.0.0.1", port));
    trial::finishes(vertex);
    peer.join().unwrap();
    assert_eq!(texts(&kept), ["to be", "or not", "", "to be", "last"]);
}

#[test]
fn many_lines_come_whole_and_in_order() {
    let (port, peer) = listen(1, |_, mut stream| {
        let text: String = (0..200_000).map(|number| format!("line {number}\n")).collect();
        stream.write_all(text.as_bytes()).unwrap();
    });
    let (vertex, kept) = reading(SocketSource::new("localhost", port));
    trial::finishes(vertex);
    peer.join().unwrap();
    assert!(texts(&kept) == (0..200_000).map(|number| format!("line {number}")).collect::<Vec<_>>());
}

#[test]
fn where_nobody_listens_the_error_says_what_to_do() {
    let port = silent_port();
    let words = format!(
        "trial (1/1): cannot connect to 127.0.0.1:{port}: Connection refused (os error 111); \
         start a listener, e.g. `nc -lk {port}`, or correct host and port"
    );
    let failure = trial::fails(reading(SocketSource::new("127.0.0.1", port)).0);
    assert_eq!((failure.to_string(), failure.retry_may_help()), (words.clone(), true));
    let rows = record_batch!(("line", Utf8, ["a"])).unwrap();
    let failure = trial::fails(writing(&rows, |sink| sink.max_retries(Some(2)), port));
    assert_eq!(failure.to_string(), words);
}

#[test]
fn it_connects_again_as_often_as_it_may() {
    let (port, peer) = listen(3, |number, mut stream| {
        stream.write_all(format!("connection {number}\nits end").as_bytes()).unwrap();
    });
    let source = SocketSource::new("127.0.0.1", port).max_retries(Some(2)).retry_delay(Duration::ZERO);
    let (vertex, kept) = reading(source);
    // Each of the three has brought something, so the count begins anew, and ends where nobody listens any more.
    let failure = trial::fails(vertex);
    peer.join().unwrap();
    assert!(failure.to_string().contains("start a listener"), "{failure}");
    let lines = (0..3).flat_map(|number| [format!("connection {number}"), "its end".to_owned()]);
    assert_eq!(texts(&kept), lines.collect::<Vec<_>>());
}

#[test]
fn a_source_that_waits_ends_when_its_job_is_cancelled() {
    let (port, peer) = listen(1, |_, mut stream| {
        stream.write_all(b"first\n").unwrap();
        // Until the other end is gone.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let (vertex, kept) = reading(SocketSource::new("127.0.0.1", port).max_retries(None));
    let worker = trial::worker();
    let job = worker.run(trial::graph(vertex)).unwrap();
    while texts(&kept).is_empty() {
        thread::yield_now();
    }
    job.cancel();
    assert_eq!(job.wait().state, JobState::Canceled);
    peer.join().unwrap();
}

#[test]
fn more_subtasks_than_one_are_refused() {
    let (vertex, _) = reading(SocketSource::new("::1", 7));
    let failure = trial::fails(vertex.parallel(3));
    assert!(failure.to_string().contains("[::1]:7 is read by one subtask, and 3 are planned"), "{failure}");
}

#[test]
fn rows_become_lines_of_csv_and_json_and_no_others() {
    use crate::write::{Encoding, JsonStyle, ParquetStyle};
    let rows =
        record_batch!(("name", Utf8View, [Some("ann, or bob"), None]), ("n", Int64, [Some(1), Some(-2)]))
            .unwrap();
    for (encoding, expected) in [
        (Encoding::Csv(CsvOptions::default().header(true)), "name,n\n\"ann, or bob\",1\n,-2\n"),
        (
            Encoding::Json(JsonStyle::default()),
            "{\"name\":\"ann, or bob\",\"n\":1}\n{\"name\":null,\"n\":-2}\n",
        ),
    ] {
        let (port, peer) = listen(1, |_, mut stream| {
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            text
        });
        let sink = SocketSink::encoded("127.0.0.1", port, encoding, &rows.schema()).unwrap();
        let source = Collection::of(rows.schema(), [rows.clone()]).batch_rows(1);
        let source = move |seat: &Seat| -> Result<Box<dyn Source>, Failure> { source.make(seat) };
        let sink = move |seat: &Seat| -> Result<Box<dyn Sink>, Failure> { sink.make(seat) };
        trial::finishes(trial::vertex(source, sink));
        assert_eq!(peer.join().unwrap(), [expected]);
    }
    let parquet = Encoding::Parquet(ParquetStyle::default());
    let error = SocketSink::encoded("127.0.0.1", 1, parquet, &rows.schema()).unwrap_err();
    assert_eq!(error.to_string(), "Parquet has no lines; send text, CSV or JSON");
}

fn writing(rows: &RecordBatch, set: impl Fn(SocketSink) -> SocketSink, port: u16) -> runtime::job::Vertex {
    let sink = set(SocketSink::new("127.0.0.1", port, &rows.schema()).unwrap().retry_delay(Duration::ZERO));
    let source = Collection::of(rows.schema(), [rows.clone()]).batch_rows(7);
    let source = move |seat: &Seat| -> Result<Box<dyn Source>, Failure> { source.make(seat) };
    trial::vertex(source, move |seat: &Seat| -> Result<Box<dyn Sink>, Failure> { sink.make(seat) })
}

#[test]
fn rows_become_lines_and_the_connection_is_ended_behind_the_last() {
    for rows in [0, 1, 100, 50_000] {
        let (port, peer) = listen(1, |_, mut stream| {
            let mut text = String::new();
            stream.read_to_string(&mut text).unwrap();
            text
        });
        let lines: Vec<String> = (0..rows).map(|number| format!("line {number}")).collect();
        let column = Arc::new(lines.iter().map(Some).collect::<StringViewArray>());
        let batch = RecordBatch::try_from_iter([("line", column as arrow_array::ArrayRef)]).unwrap();
        trial::finishes(writing(&batch, |sink| sink, port));
        let text = peer.join().unwrap().remove(0);
        assert!(text.lines().eq(lines.iter()), "{rows} rows");
    }
}

#[test]
fn a_reader_who_has_gone_away_is_told_or_waited_for() {
    let column = Arc::new((0..300_000).map(|_| Some("a line of some length")).collect::<StringViewArray>());
    let batch = RecordBatch::try_from_iter([("line", column as arrow_array::ArrayRef)]).unwrap();
    let (port, peer) = listen(1, |_, stream| stream.shutdown(Shutdown::Both).unwrap());
    let failure = trial::fails(writing(&batch, |sink| sink, port));
    peer.join().unwrap();
    assert!(
        failure.to_string().contains(&format!("the connection to 127.0.0.1:{port} was lost")),
        "{failure}"
    );

    // The second connection gets all that the first one has not read, the last piece of it twice perhaps.
    let (port, peer) = listen(2, |number, stream| match number {
        0 => stream.shutdown(Shutdown::Both).unwrap(),
        _ => assert!(BufReader::new(stream).lines().all(|line| line.unwrap() == "a line of some length")),
    });
    trial::finishes(writing(&batch, |sink| sink.max_retries(Some(3)), port));
    peer.join().unwrap();
}

#[test]
fn lines_are_decoded_as_those_of_files() {
    let columns = Schema::new(vec![
        Field::new("name", DataType::Utf8View, true),
        Field::new("n", DataType::Int64, true),
    ]);
    let source = |port, on_error: OnError| {
        let spec = FileSourceSpec::csv(["socket"], CsvOptions::default(), &columns).on_error(on_error);
        SocketSource::new("127.0.0.1", port).lines(spec)
    };
    let sends = |_, mut stream: TcpStream| stream.write_all(b"a,1\nb,x\n").unwrap();
    let (port, peer) = listen(1, sends);
    assert_eq!(*source(port, OnError::Null).schema(), columns);
    let (vertex, kept) = reading(source(port, OnError::Null));
    trial::finishes(vertex);
    peer.join().unwrap();
    let batches = kept.batches();
    let rows: Vec<_> = batches.iter().map(|(.., batch)| batch.columns()).collect();
    let rows = arrow_select::concat::concat_batches(rows[0].schema_ref(), rows).unwrap();
    let expected =
        record_batch!(("name", Utf8View, [Some("a"), Some("b")]), ("n", Int64, [Some(1), None])).unwrap();
    assert_eq!(rows, expected);

    let (port, peer) = listen(1, sends);
    let words = trial::fails(reading(source(port, OnError::Fail)).0).to_string();
    peer.join().unwrap();
    let told = "a line that cannot be read has come: column n: cannot read \"x\" as Int64";
    assert!(words.ends_with(told), "{words}");
}
