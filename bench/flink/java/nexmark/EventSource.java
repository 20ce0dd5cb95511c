package nexmark;

import java.util.ArrayDeque;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkGeneratorSupplier;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.table.data.RowData;
import org.apache.flink.util.clock.RelativeClock;
import org.apache.flink.util.clock.SystemClock;

/**
 * The events of a corpus as a source of Flink: these columns of these kinds of events, by {@link EventRow}'s codes. The
 * watermarks are null where nobody asks for them.
 */
record EventSource(
        Corpus corpus, int[] columns, boolean[] kinds, WatermarkStrategy<RowData> watermarks, long watermarkNanos)
        implements Source<RowData, EventSplit, ArrayDeque<EventSplit>> {

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.BOUNDED;
    }

    @Override
    public SourceReader<RowData, EventSplit> createReader(SourceReaderContext context) {
        WatermarkGenerator<RowData> generator =
                watermarks == null ? null : watermarks.createWatermarkGenerator(generatorContext(context));
        return new EventReader(this, generator, context);
    }

    private static WatermarkGeneratorSupplier.Context generatorContext(SourceReaderContext reader) {
        return new WatermarkGeneratorSupplier.Context() {
            @Override
            public MetricGroup getMetricGroup() {
                return reader.metricGroup();
            }

            @Override
            public RelativeClock getInputActivityClock() {
                return SystemClock.getInstance();
            }
        };
    }

    @Override
    public SplitEnumerator<EventSplit, ArrayDeque<EventSplit>> createEnumerator(
            SplitEnumeratorContext<EventSplit> context) {
        return EventEnumerator.create(context);
    }

    @Override
    public SplitEnumerator<EventSplit, ArrayDeque<EventSplit>> restoreEnumerator(
            SplitEnumeratorContext<EventSplit> context, ArrayDeque<EventSplit> left) {
        return new EventEnumerator(context, left);
    }

    @Override
    public SimpleVersionedSerializer<EventSplit> getSplitSerializer() {
        return new JavaSerializer<>();
    }

    @Override
    public SimpleVersionedSerializer<ArrayDeque<EventSplit>> getEnumeratorCheckpointSerializer() {
        return new JavaSerializer<>();
    }
}
