package nexmark;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.ScanTableSource;
import org.apache.flink.table.connector.source.SourceProvider;
import org.apache.flink.table.connector.source.abilities.SupportsFilterPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsProjectionPushDown;
import org.apache.flink.table.connector.source.abilities.SupportsWatermarkPushDown;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.expressions.CallExpression;
import org.apache.flink.table.expressions.FieldReferenceExpression;
import org.apache.flink.table.expressions.ResolvedExpression;
import org.apache.flink.table.expressions.ValueLiteralExpression;
import org.apache.flink.table.functions.BuiltInFunctionDefinitions;
import org.apache.flink.table.types.DataType;

/** The table of events as the planner sees it: it takes projections, {@code event_type = …} and the watermark. */
final class EventTable
        implements ScanTableSource, SupportsProjectionPushDown, SupportsFilterPushDown, SupportsWatermarkPushDown {
    private final Corpus corpus;
    private final long watermarkNanos;
    private int[] columns = EventRow.TABLE;
    private boolean[] kinds = {true, true, true};
    private WatermarkStrategy<RowData> watermarks;

    EventTable(Corpus corpus, long watermarkNanos) {
        this.corpus = corpus;
        this.watermarkNanos = watermarkNanos;
    }

    @Override
    public ChangelogMode getChangelogMode() {
        return ChangelogMode.insertOnly();
    }

    @Override
    public ScanRuntimeProvider getScanRuntimeProvider(ScanContext context) {
        return SourceProvider.of(new EventSource(corpus, columns, kinds, watermarks, watermarkNanos));
    }

    @Override
    public boolean supportsNestedProjection() {
        return true;
    }

    @Override
    public void applyProjection(int[][] paths, DataType produced) {
        columns = new int[paths.length];
        for (int at = 0; at < paths.length; at++) {
            columns[at] = EventRow.code(paths[at]);
        }
    }

    @Override
    public Result applyFilters(List<ResolvedExpression> filters) {
        List<ResolvedExpression> accepted = new ArrayList<>();
        List<ResolvedExpression> remaining = new ArrayList<>();
        for (ResolvedExpression filter : filters) {
            Integer wanted = wantedKind(filter);
            (wanted == null ? remaining : accepted).add(filter);
            for (int kind = 0; wanted != null && kind < kinds.length; kind++) {
                kinds[kind] &= kind == wanted;
            }
        }
        return Result.of(accepted, remaining);
    }

    /** The kind that {@code event_type = kind} wants; null if this is another expression. */
    private static Integer wantedKind(ResolvedExpression filter) {
        if (filter instanceof CallExpression call
                && call.getFunctionDefinition() == BuiltInFunctionDefinitions.EQUALS
                && call.getResolvedChildren().get(0) instanceof FieldReferenceExpression field
                && field.getName().equals("event_type")
                && call.getResolvedChildren().get(1) instanceof ValueLiteralExpression literal) {
            return literal.getValueAs(Integer.class).orElse(null);
        }
        return null;
    }

    @Override
    public void applyWatermark(WatermarkStrategy<RowData> strategy) {
        watermarks = strategy;
    }

    @Override
    public DynamicTableSource copy() {
        EventTable copy = new EventTable(corpus, watermarkNanos);
        copy.columns = columns;
        copy.kinds = kinds.clone();
        copy.watermarks = watermarks;
        return copy;
    }

    @Override
    public String asSummaryString() {
        return "events of NXG-1";
    }
}
