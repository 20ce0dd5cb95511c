package nexmark;

import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.table.data.RowData;

/** Counts rows of all kinds, in an accumulator of the job. */
final class Count extends AbstractStreamOperator<Void> implements OneInputStreamOperator<RowData, Void> {
    /** The accumulator's name. */
    static final String ROWS = "rows";

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
