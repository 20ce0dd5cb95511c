package nexmark;

import java.time.Duration;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;

/** {@code 'connector' = 'nexmark'}: the events of NXG-1, with the options that Millstream's own connector has. */
public final class EventTableFactory implements DynamicTableSourceFactory {
    private static final ConfigOption<Long> EVENTS =
            ConfigOptions.key("events.num").longType().noDefaultValue();
    private static final ConfigOption<Long> FIRST_RATE =
            ConfigOptions.key("first-event.rate").longType().defaultValue(10_000L);
    private static final ConfigOption<Long> NEXT_RATE =
            ConfigOptions.key("next-event.rate").longType().defaultValue(10_000L);
    private static final ConfigOption<Boolean> JAVA_SLIP =
            ConfigOptions.key("java-slip").booleanType().defaultValue(false);

    @Override
    public String factoryIdentifier() {
        return "nexmark";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(EVENTS);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of(FIRST_RATE, NEXT_RATE, JAVA_SLIP);
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
        FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
        helper.validate();
        long rate = helper.getOptions().get(FIRST_RATE);
        if (rate != helper.getOptions().get(NEXT_RATE)) {
            throw new ValidationException("the rate of NXG-1 does not change: give both options the same value");
        }
        Duration interval = context.getConfiguration().get(PipelineOptions.AUTO_WATERMARK_INTERVAL);
        Corpus corpus = Corpus.of(helper.getOptions().get(EVENTS), rate, helper.getOptions().get(JAVA_SLIP));
        return new EventTable(corpus, interval.toNanos());
    }
}
