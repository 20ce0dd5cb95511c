package nexmark;

import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;

/**
 * Reads all of every row. In accumulators of the job it says, as Millstream's sink of this kind does
 * ({@code engine/connect/src/checksum.rs}), how many rows came, less those that took one back; how many were of another kind
 * than {@code +I}; and the hashes of all rows, added up modulo 2^64, those that took one back subtracted.
 */
final class Checksum extends AbstractStreamOperator<Void> implements OneInputStreamOperator<RowData, Void> {
    // Names of the accumulators, beside that of the rows.
    static final String CHANGES = "changes";
    static final String CHECKSUM = "checksum";

    private static final long serialVersionUID = 1;

    private final RowHash hash;
    private transient LongCounter rows;
    private transient LongCounter changes;
    private transient LongCounter checksum;

    Checksum(RowHash hash) {
        this.hash = hash;
    }

    @Override
    public void open() throws Exception {
        super.open();
        rows = counter(Count.ROWS);
        changes = counter(CHANGES);
        checksum = counter(CHECKSUM);
    }

    private LongCounter counter(String name) {
        LongCounter counter = new LongCounter();
        getRuntimeContext().addAccumulator(name, counter);
        return counter;
    }

    @Override
    public void processElement(StreamRecord<RowData> record) {
        RowData row = record.getValue();
        RowKind kind = row.getRowKind();
        boolean adds = kind == RowKind.INSERT || kind == RowKind.UPDATE_AFTER;
        long of = hash.of(row);
        rows.add(adds ? 1L : -1L);
        checksum.add(adds ? of : -of);
        if (kind != RowKind.INSERT) {
            changes.add(1L);
        }
    }
}
