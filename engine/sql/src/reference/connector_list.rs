//! All connectors and formats, with what they take. Tests of `connectors.rs` hold the keys against those that the engine asks for.

use super::connectors::{Described, DescribedOption};

/// The options of an entry.
macro_rules! options {
    ($($key:literal, $kind:literal, $default:literal, $about:expr;)*) => {
        &[$(DescribedOption { key: $key, kind: $kind, default: $default, about: $about }),*]
    };
}

/// What Flink has for writers that end files while they run.
const AT_THE_END: &str =
    "Understood and without effect: partitions are complete, and files have their names, when the job ends.";

/// All connectors.
pub(super) const CONNECTORS: &[Described] = &[
    Described {
        name: "filesystem",
        can: "read, written",
        about: "Files in a directory, or one file. Directories within it are read too. Metadata columns: `file.path`, `file.name`, \
                `file.size`, `file.modification-time`.",
        options: options! {
            "path", "path", "needed", "Where the files are; `file://` in front of it may stand or not.";
            "format", "a format", "needed", "How rows are written: one of the formats below.";
            "source.monitor-interval", "duration", "unset", "How often new files are looked for. With it the table never ends.";
            "partition.default-name", "text", "`__HIVE_DEFAULT_PARTITION__`", "What the directory is called of rows that have null in the column of a partition.";
            "sink.partition-commit.policy.kind", "`success-file`", "unset", "What says that a partition is complete: an empty file in it.";
            "sink.partition-commit.success-file.name", "text", "`_SUCCESS`", "The name of that file.";
            "sink.partition-commit.trigger", "any", "unset", AT_THE_END;
            "sink.partition-commit.delay", "any", "unset", AT_THE_END;
            "sink.partition-commit.watermark-time-zone", "any", "unset", AT_THE_END;
            "partition.time-extractor.kind", "any", "unset", AT_THE_END;
            "partition.time-extractor.timestamp-pattern", "any", "unset", AT_THE_END;
            "partition.time-extractor.timestamp-formatter", "any", "unset", AT_THE_END;
            "sink.rolling-policy.rollover-interval", "any", "unset", AT_THE_END;
            "sink.rolling-policy.check-interval", "any", "unset", AT_THE_END;
            "sink.rolling-policy.file-size", "any", "unset", AT_THE_END;
        },
        example: "CREATE TABLE readings (sensor STRING, degrees DOUBLE, `day` STRING, file STRING METADATA FROM 'file.name' VIRTUAL)
PARTITIONED BY (`day`) WITH ('connector' = 'filesystem', 'path' = 'readings', 'format' = 'csv');
INSERT INTO readings VALUES ('a', 20.5, '2025-01-01'), ('b', 19.0, '2025-01-02');
SELECT sensor, degrees FROM readings WHERE `day` = '2025-01-02';",
    },
    Described {
        name: "datagen",
        can: "read",
        about: "Rows that are made up, the same whenever they are read but for their times. Parts of a column are \
                `<name>.<field>`, `<name>.element`, `<name>.key` and `<name>.value`.",
        options: options! {
            "rows-per-second", "number", "`10000`", "How many rows come in a second.";
            "number-of-rows", "number", "unset", "How many there are. Without it the table never ends.";
            "fields.#.kind", "`random`, `sequence`", "`random`", "How the values of the column `#` are made.";
            "fields.#.start", "number", "needed of a sequence", "The first value.";
            "fields.#.end", "number", "needed of a sequence", "The last value, with which the table ends.";
            "fields.#.min", "number", "the least of the type", "The least value of random numbers.";
            "fields.#.max", "number", "the greatest of the type", "The greatest value of random numbers.";
            "fields.#.length", "number", "`100`; `3` of arrays and maps", "How long a text, an array or a map is.";
            "fields.#.var-len", "boolean", "`false`", "Whether texts are of different length, up to that.";
            "fields.#.null-rate", "number from 0 to 1", "`0`", "Which share of the values is null.";
            "fields.#.max-past", "duration", "`0`", "How far times lie before the present, at most.";
        },
        example: "CREATE TABLE made (id INT, word STRING) WITH (
  'connector' = 'datagen', 'number-of-rows' = '3', 'fields.id.kind' = 'sequence',
  'fields.id.start' = '1', 'fields.id.end' = '3', 'fields.word.length' = '8'
);
SELECT * FROM made;",
    },
    Described {
        name: "nexmark",
        can: "read",
        about: "The events of an online auction, the same on every machine: columns `event_type INT`, `person`, `auction` and `bid`, \
                which are rows, and the number of the event, `n BIGINT`. Options of Nexmark that would change the events are refused.",
        options: options! {
            "events.num", "number", "unset", "How many events there are; 0: no end.";
            "next-event.rate", "number", "`10000`", "How many events a second of their time has.";
            "first-event.rate", "number", "the same", "It has to be the same: a rate does not change.";
            "rate.limited", "boolean", "`false`", "Whether they come at their rate, and not as fast as they are taken.";
            "java-slip", "boolean", "`false`", "**Ours**: with the mistake of the generator in Java, to compare with it.";
            "person.proportion", "`1`", "`1`", "Fixed.";
            "auction.proportion", "`3`", "`3`", "Fixed.";
            "bid.proportion", "`46`", "`46`", "Fixed.";
            "person.avg-size", "`200b`", "`200b`", "Fixed.";
            "auction.avg-size", "`500b`", "`500b`", "Fixed.";
            "bid.hot-ratio.auctions", "`2`", "`2`", "Fixed.";
            "bid.hot-ratio.bidders", "`4`", "`4`", "Fixed.";
            "auction.hot-ratio.sellers", "`4`", "`4`", "Fixed.";
            "rate.shape", "`SQUARE`", "`SQUARE`", "Fixed.";
            "bid.avg-size", "any", "unset", "Understood and without effect.";
            "rate.period", "any", "unset", "Understood and without effect.";
            "keep-alive", "any", "unset", "Understood and without effect.";
            "stop-at", "any", "unset", "Understood and without effect.";
            "max-emit-speed", "any", "unset", "Understood and without effect.";
        },
        example: "CREATE TABLE events (event_type INT, n BIGINT) WITH ('connector' = 'nexmark', 'events.num' = '500');
SELECT event_type, COUNT(*) AS events FROM events GROUP BY event_type ORDER BY event_type;",
    },
    Described {
        name: "socket",
        can: "read, written",
        about: "Lines from and to whoever listens at a port. What is read ends when the other side does.",
        options: options! {
            "hostname", "text", "needed", "The host.";
            "port", "number up to 65535", "needed", "The port.";
            "byte-delimiter", "`10`", "`10`", "What ends a line: a newline is all there is yet.";
            "max-retries", "number", "`0`", "How often it is connected again when nobody listens; `-1`: as often as it takes.";
            "retry-delay", "duration", "`500 ms`", "How long after that.";
            "format", "`csv`, `json`, `raw`", "needed", "How a row is written in a line, with the options of that format.";
        },
        example: "CREATE TABLE lines (line STRING)
WITH ('connector' = 'socket', 'hostname' = 'localhost', 'port' = '9999', 'format' = 'raw');",
    },
    Described {
        name: "print",
        can: "written, changes too",
        about: "Rows on the screen, with their kinds in front.",
        options: options! {
            "print-identifier", "text", "unset", "What stands in front of each row.";
            "standard-error", "any", "unset", "Understood and without effect.";
        },
        example: "CREATE TABLE screen (k STRING, n BIGINT) WITH ('connector' = 'print');
INSERT INTO screen VALUES ('a', 1);",
    },
    Described {
        name: "blackhole",
        can: "written, changes too",
        about: "Nowhere: rows are computed and dropped, or read for a sum of them that the statement answers with.",
        options: options! {
            "checksum", "`none`, `final`, `consumed`", "`none`", "**Ours**: whether every value of every row is read, for a sum of 64 bits \
             that is the same for the same rows, in whichever order and from how many subtasks they come. `final`: of the rows that are left in \
             the end, as a stream and as a batch. `consumed`: of those that come here, to which what a row was is not told.";
        },
        example: "CREATE TABLE nowhere (k STRING, n BIGINT) WITH ('connector' = 'blackhole', 'checksum' = 'final');
INSERT INTO nowhere VALUES ('a', 1);",
    },
];

/// All formats.
pub(super) const FORMATS: &[Described] = &[
    Described {
        name: "csv",
        can: "read, written",
        about: "Lines of values with a comma between them.",
        options: options! {
            "csv.header", "boolean", "`false`", "**Ours**: whether the first line has the names of columns.";
            "csv.field-delimiter", "letter", "`,`", "What stands between values; `\\t` is a tab.";
            "csv.quote-character", "letter", "`\"`", "What stands around values that have a delimiter in them.";
            "csv.escape-character", "letter", "unset", "What stands before a letter that is meant as it is.";
            "csv.allow-comments", "boolean", "`false`", "Whether lines that begin with `#` are left out.";
            "csv.null-literal", "text", "unset", "What stands for null.";
            "csv.ignore-parse-errors", "boolean", "`false`", "Whether a value that cannot be read is null, and a line that is no record left out.";
        },
        example: "",
    },
    Described {
        name: "json",
        can: "read, written",
        about: "An object of JSON in each line.",
        options: options! {
            "json.fail-on-missing-field", "boolean", "`false`", "Whether a column that an object has not is an error, and not null.";
            "json.ignore-parse-errors", "boolean", "`false`", "Whether a value that cannot be read is null, and a line that is no object left out.";
            "json.timestamp-format.standard", "`SQL`, `ISO-8601`", "`SQL`", "How times are written; both are read.";
        },
        example: "",
    },
    Described {
        name: "parquet",
        can: "read, written",
        about: "Files of Parquet.",
        options: &[],
        example: "",
    },
    Described { name: "avro", can: "read, written", about: "Files of Avro.", options: &[], example: "" },
    Described {
        name: "arrow",
        can: "read, written",
        about: "Files of Arrow IPC.",
        options: &[],
        example: "",
    },
    Described {
        name: "raw",
        can: "read, written",
        about: "Lines as they are, in a single column of texts.",
        options: &[],
        example: "",
    },
];
