package nexmark;

import java.io.Serializable;
import org.apache.flink.api.connector.source.SourceSplit;

/** Every so many'th epoch of a corpus, from one on: what one subtask reads in order. */
record EventSplit(int worker, int workers, long nextEpoch) implements SourceSplit, Serializable {
    static EventSplit first(int worker, int workers) {
        return new EventSplit(worker, workers, worker);
    }

    @Override
    public String splitId() {
        return Integer.toString(worker);
    }
}
