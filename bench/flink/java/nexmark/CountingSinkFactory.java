package nexmark;

import java.util.Set;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSink;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.sink.DataStreamSinkProvider;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.types.RowKind;

/**
 * {@code 'connector' = 'nexmark-count'}: Flink's {@code blackhole}, which says in an accumulator of the job how many rows
 * fell into it. Like that one it has no use for the old half of an update.
 */
public final class CountingSinkFactory implements DynamicTableSinkFactory {
    /** The accumulator's name. */
    static final String ROWS = "rows";

    @Override
    public String factoryIdentifier() {
        return "nexmark-count";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        return new CountingSink();
    }

    private record CountingSink() implements DynamicTableSink {
        @Override
        public ChangelogMode getChangelogMode(ChangelogMode requested) {
            ChangelogMode.Builder mode = ChangelogMode.newBuilder();
            for (RowKind kind : requested.getContainedKinds()) {
                if (kind != RowKind.UPDATE_BEFORE) {
                    mode.addContainedKind(kind);
                }
            }
            return mode.build();
        }

        @Override
        public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
            return new DataStreamSinkProvider() {
                @Override
                public DataStreamSink<?> consumeDataStream(ProviderContext provider, DataStream<RowData> rows) {
                    return rows.transform("count", Types.VOID, new Count()).sinkTo(new DiscardingSink<>());
                }
            };
        }

        @Override
        public DynamicTableSink copy() {
            return this;
        }

        @Override
        public String asSummaryString() {
            return "count of rows";
        }
    }

    private static final class Count extends AbstractStreamOperator<Void> implements OneInputStreamOperator<RowData, Void> {
        private static final long serialVersionUID = 1;

        private transient LongCounter rows;

        @Override
        public void open() throws Exception {
            super.open();
            rows = new LongCounter();
            getRuntimeContext().addAccumulator(ROWS, rows);
        }

        @Override
        public void processElement(StreamRecord<RowData> row) {
            rows.add(1L);
        }
    }
}
