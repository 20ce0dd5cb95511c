import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.serialization.SimpleStringEncoder;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.BasePathBucketAssigner;
import org.apache.flink.streaming.api.legacy.io.TextInputFormat;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.util.Collector;

/**
 * The word count of Flink, in batch mode: {@code WordCount sql|datastream|combiner TEXT COUNTS}, COUNTS being a folder.
 *
 * <p>{@code sql} aggregates before and after the exchange, as the planner has it. {@code datastream} is the example of
 * Flink's own documentation: every word crosses the exchange and is sorted. {@code combiner} is that one with an
 * aggregation before the exchange, written by hand; Flink has none to offer there.
 */
@SuppressWarnings("deprecation")
public final class WordCount {
    private static final int PARALLELISM = 2;

    private static final TypeInformation<Tuple2<String, Long>> COUNTED = Types.TUPLE(Types.STRING, Types.LONG);

    public static void main(String[] arguments) throws Exception {
        String variant = arguments[0];
        Path text = new Path(arguments[1]);
        Path counts = new Path(arguments[2]);

        StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment();
        environment.setRuntimeMode(RuntimeExecutionMode.BATCH);
        environment.setParallelism(PARALLELISM);
        environment.getConfig().enableObjectReuse();

        // FileSource and the filesystem table cut a file only where its file system does, and a local one has no
        // blocks: one core would read it all. This format is older, and reads one local file on both.
        DataStream<String> lines = environment.createInput(new TextInputFormat(text), Types.STRING);
        switch (variant) {
            case "sql" -> sql(environment, lines, counts);
            case "datastream" -> sum(lines.flatMap(new Split()).returns(COUNTED), counts);
            case "combiner" -> sum(lines.transform("combine", COUNTED, new Combine()), counts);
            default -> throw new IllegalArgumentException(variant);
        }
    }

    private static void sql(StreamExecutionEnvironment environment, DataStream<String> lines, Path counts)
            throws Exception {
        StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
        tables.getConfig().set("table.exec.resource.default-parallelism", Integer.toString(PARALLELISM));
        tables.createTemporaryView("text", lines, Schema.newBuilder().column("f0", "STRING").build());
        tables.executeSql(
                "CREATE TABLE counts (word STRING, n BIGINT)"
                        + " WITH ('connector' = 'filesystem', 'format' = 'csv', 'path' = '"
                        + counts.toString().replace("'", "''") + "')");
        tables.executeSql(
                        "INSERT INTO counts SELECT word, COUNT(*) FROM text"
                                + " CROSS JOIN UNNEST(SPLIT(f0, ' ')) AS words(word) GROUP BY word")
                .await();
    }

    private static void sum(DataStream<Tuple2<String, Long>> counted, Path counts) throws Exception {
        FileSink<String> sink =
                FileSink.<String>forRowFormat(counts, new SimpleStringEncoder<>())
                        .withBucketAssigner(new BasePathBucketAssigner<>())
                        .build();
        counted.keyBy(word -> word.f0, Types.STRING)
                .sum(1)
                .map(word -> word.f0 + "," + word.f1)
                .returns(Types.STRING)
                .sinkTo(sink);
        counted.getExecutionEnvironment().execute();
    }

    /** What takes the words of a line, one by one. */
    private interface Words {
        void take(String word);
    }

    private static void split(String line, Words words) {
        int from = 0;
        for (int to = line.indexOf(' '); to >= 0; to = line.indexOf(' ', from)) {
            words.take(line.substring(from, to));
            from = to + 1;
        }
        words.take(line.substring(from));
    }

    private static final class Split implements FlatMapFunction<String, Tuple2<String, Long>> {
        private final Tuple2<String, Long> reused = new Tuple2<>(null, 1L);

        @Override
        public void flatMap(String line, Collector<Tuple2<String, Long>> output) {
            split(line, word -> {
                reused.f0 = word;
                output.collect(reused);
            });
        }
    }

    private static final class Combine extends AbstractStreamOperator<Tuple2<String, Long>>
            implements OneInputStreamOperator<String, Tuple2<String, Long>>, BoundedOneInput {
        private transient Map<String, long[]> counts;

        @Override
        public void open() throws Exception {
            super.open();
            counts = new HashMap<>();
        }

        @Override
        public void processElement(StreamRecord<String> line) {
            split(line.getValue(), this::add);
        }

        private void add(String word) {
            long[] count = counts.get(word);
            if (count == null) {
                counts.put(word, new long[] {1});
            } else {
                count[0]++;
            }
        }

        @Override
        public void endInput() {
            counts.forEach((word, count) -> output.collect(new StreamRecord<>(new Tuple2<>(word, count[0]))));
        }
    }
}
