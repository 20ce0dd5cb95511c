package nexmark;

import java.util.Set;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSink;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.ProviderContext;
import org.apache.flink.table.connector.sink.DataStreamSinkProvider;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.types.RowKind;

/**
 * {@code 'connector' = 'nexmark-consume'}: Flink's {@code blackhole}, which says in accumulators of the job what fell into it.
 * What it does with a row says the option {@code as}; the words are those of {@link ConsumedAs}.
 */
public final class ConsumingSinkFactory implements DynamicTableSinkFactory {
    static final String NAME = "nexmark-consume";

    static final ConfigOption<ConsumedAs> AS =
            ConfigOptions.key("as").enumType(ConsumedAs.class).defaultValue(ConsumedAs.BLACKHOLE);

    /** What a sink does with a row. */
    enum ConsumedAs {
        /** Counts it, without a look at it. */
        BLACKHOLE,
        /** Reads all of it. */
        CHECKSUM,
        /** The same, and what a row was is heard as well: in the end the sum is that of the rows that are left. */
        FINAL
    }

    @Override
    public String factoryIdentifier() {
        return NAME;
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of();
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of(AS);
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
        helper.validate();
        ConsumedAs as = helper.getOptions().get(AS);
        RowHash hash = as == ConsumedAs.BLACKHOLE
                ? null
                : new RowHash(context.getPhysicalRowDataType().getLogicalType().getChildren());
        return new ConsumingSink(as, hash);
    }

    private record ConsumingSink(ConsumedAs as, RowHash hash) implements DynamicTableSink {
        /** Like a blackhole it has no use for the old half of an update, unless it is the final rows that count. */
        @Override
        public ChangelogMode getChangelogMode(ChangelogMode requested) {
            ChangelogMode.Builder mode = ChangelogMode.newBuilder();
            for (RowKind kind : requested.getContainedKinds()) {
                if (kind != RowKind.UPDATE_BEFORE || as == ConsumedAs.FINAL) {
                    mode.addContainedKind(kind);
                }
            }
            return mode.build();
        }

        @Override
        public SinkRuntimeProvider getSinkRuntimeProvider(Context context) {
            OneInputStreamOperator<RowData, Void> operator = hash == null ? new Count() : new Checksum(hash);
            return new DataStreamSinkProvider() {
                @Override
                public DataStreamSink<?> consumeDataStream(ProviderContext provider, DataStream<RowData> rows) {
                    return rows.transform("consume", Types.VOID, operator).sinkTo(new DiscardingSink<>());
                }
            };
        }

        @Override
        public DynamicTableSink copy() {
            return this;
        }

        @Override
        public String asSummaryString() {
            return "consumed as " + as;
        }
    }
}
