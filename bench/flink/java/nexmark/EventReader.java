package nexmark;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.table.data.RowData;

/**
 * Emits the events of its split, an epoch for each call, so that what Flink does between two calls is shared by 50 rows.
 *
 * <p>Times only rise, so the last row of an epoch is the only one whose watermark counts. It goes out as often as Flink's
 * own assigner would send it.
 */
final class EventReader implements SourceReader<RowData, EventSplit> {
    private final Corpus corpus;
    private final int[] columns;
    private final boolean[] kinds;
    private final WatermarkGenerator<RowData> watermarks;
    private final long watermarkNanos;
    private final SourceReaderContext context;

    private CompletableFuture<Void> available = new CompletableFuture<>();
    private EventSplit split;
    private long nextEpoch;
    private boolean ended;
    private long watermarkDue;

    EventReader(EventSource source, WatermarkGenerator<RowData> watermarks, SourceReaderContext context) {
        corpus = source.corpus();
        columns = source.columns();
        kinds = source.kinds();
        this.watermarks = watermarks;
        watermarkNanos = source.watermarkNanos();
        this.context = context;
    }

    @Override
    public void start() {
        if (split == null) {
            context.sendSplitRequest();
        }
    }

    @Override
    public InputStatus pollNext(ReaderOutput<RowData> output) {
        if (split == null) {
            return ended ? InputStatus.END_OF_INPUT : InputStatus.NOTHING_AVAILABLE;
        }
        if (nextEpoch < corpus.epochs()) {
            emit(nextEpoch, output);
            nextEpoch += split.workers();
            return InputStatus.MORE_AVAILABLE;
        }
        split = null;
        available = new CompletableFuture<>();
        context.sendSplitRequest();
        return InputStatus.NOTHING_AVAILABLE;
    }

    private void emit(long epoch, ReaderOutput<RowData> output) {
        long begin = epoch * Corpus.EPOCH;
        int places = (int) Math.min(Corpus.EPOCH, corpus.events() - begin);
        RowData last = null;
        for (int place = 0; place < places; place++) {
            int kind = Corpus.kind(place);
            if (kinds[kind]) {
                last = new EventRow(corpus, columns, kind, begin + place, epoch);
                output.collect(last);
            }
        }
        if (watermarks != null && last != null) {
            watermarks.onEvent(last, Long.MIN_VALUE, output);
            long now = System.nanoTime();
            if (now - watermarkDue >= 0) {
                watermarks.onPeriodicEmit(output);
                watermarkDue = now + watermarkNanos;
            }
        }
    }

    @Override
    public List<EventSplit> snapshotState(long checkpoint) {
        return split == null ? List.of() : List.of(new EventSplit(split.worker(), split.workers(), nextEpoch));
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
        return available;
    }

    @Override
    public void addSplits(List<EventSplit> splits) {
        // One is asked for at a time, and a restored reader had one.
        split = splits.get(0);
        nextEpoch = split.nextEpoch();
        watermarkDue = System.nanoTime();
        available.complete(null);
    }

    @Override
    public void notifyNoMoreSplits() {
        ended = true;
        available.complete(null);
    }

    @Override
    public void close() {}
}
