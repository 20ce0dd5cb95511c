import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/** Flink within the process that asks, as a batch: no cluster is started before, and none is waited for. */
public final class One {
    public static void main(String[] arguments) throws Exception {
        TableEnvironment environment = TableEnvironment.create(EnvironmentSettings.inBatchMode());
        try (var rows = environment.executeSql("SELECT 1").collect()) {
            System.out.println(rows.next().getField(0));
        }
        System.exit(0);
    }
}
