package nexmark;

import java.util.ArrayDeque;
import java.util.List;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;

/** Gives each reader that asks a split which is left. */
final class EventEnumerator implements SplitEnumerator<EventSplit, ArrayDeque<EventSplit>> {
    private final SplitEnumeratorContext<EventSplit> context;
    private final ArrayDeque<EventSplit> left;

    EventEnumerator(SplitEnumeratorContext<EventSplit> context, ArrayDeque<EventSplit> left) {
        this.context = context;
        this.left = left;
    }

    static EventEnumerator create(SplitEnumeratorContext<EventSplit> context) {
        ArrayDeque<EventSplit> splits = new ArrayDeque<>();
        int workers = context.currentParallelism();
        for (int worker = 0; worker < workers; worker++) {
            splits.add(EventSplit.first(worker, workers));
        }
        return new EventEnumerator(context, splits);
    }

    @Override
    public void start() {}

    @Override
    public void handleSplitRequest(int subtask, String host) {
        EventSplit split = left.poll();
        if (split == null) {
            context.signalNoMoreSplits(subtask);
        } else {
            context.assignSplit(split, subtask);
        }
    }

    @Override
    public void addSplitsBack(List<EventSplit> splits, int subtask) {
        left.addAll(splits);
    }

    @Override
    public void addReader(int subtask) {}

    @Override
    public ArrayDeque<EventSplit> snapshotState(long checkpoint) {
        return left.clone();
    }

    @Override
    public void close() {}
}
