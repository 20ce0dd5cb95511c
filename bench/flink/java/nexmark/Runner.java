package nexmark;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableDescriptor;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/**
 * Plans queries and sends them to a cluster, for as long as somebody asks: an object of JSON a line in, one a line out.
 *
 * <p>In: {@code mode}, {@code settings} (an object), {@code statements} (a list), {@code query}, {@code answer} (a folder
 * or null). Out: {@code job} and {@code rows}, or {@code error}. Without a folder for the answer the rows are counted and
 * thrown away, and of an updated row every version counts; with one they are those that are left in the end.
 */
public final class Runner {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ERROR_LENGTH_MAX = 500;

    private Runner() {}

    public static void main(String[] arguments) throws Exception {
        // Whatever else prints must not stand between the answers.
        PrintStream answers = System.out;
        System.setOut(System.err);
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            answers.println(JSON.writeValueAsString(answer(JSON.readTree(line))));
        }
    }

    private static Map<String, Object> answer(JsonNode request) {
        try {
            TableEnvironment tables = environment(request);
            for (JsonNode statement : request.get("statements")) {
                tables.executeSql(statement.asText());
            }
            Table rows = tables.sqlQuery(request.get("query").asText());
            return request.hasNonNull("answer") ? keep(rows, Path.of(request.get("answer").asText())) : count(rows);
        } catch (Throwable error) {
            // A thread that cannot be had, for one, ends this query and not the ones to come.
            error.printStackTrace();
            return Map.of("error", why(error));
        }
    }

    private static TableEnvironment environment(JsonNode request) {
        Configuration configuration = new Configuration();
        request.get("settings")
                .properties()
                .forEach(setting -> configuration.setString(setting.getKey(), setting.getValue().asText()));
        EnvironmentSettings.Builder settings = EnvironmentSettings.newInstance().withConfiguration(configuration);
        boolean batch = request.get("mode").asText().equals("batch");
        return TableEnvironment.create((batch ? settings.inBatchMode() : settings.inStreamingMode()).build());
    }

    private static Map<String, Object> count(Table rows) throws Exception {
        TableResult result = rows.insertInto(TableDescriptor.forConnector("nexmark-count").build()).execute();
        JobClient job = result.getJobClient().orElseThrow();
        JobExecutionResult done = job.getJobExecutionResult().get();
        return Map.of("job", job.getJobID().toString(), "rows", (long) done.getAccumulatorResult(CountingSinkFactory.ROWS));
    }

    private static Map<String, Object> keep(Table rows, Path folder) throws Exception {
        TableResult result = rows.execute();
        Answer answer = new Answer();
        try (CloseableIterator<Row> changes = result.collect()) {
            changes.forEachRemaining(answer::add);
        }
        answer.write(folder);
        String job = result.getJobClient().orElseThrow().getJobID().toString();
        return Map.of("job", job, "rows", answer.rows());
    }

    /** The innermost message that says anything, in a line. */
    private static String why(Throwable error) {
        String message = "";
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        }
        message = message.replaceAll("\\s+", " ").trim();
        return message.substring(0, Math.min(message.length(), ERROR_LENGTH_MAX));
    }
}
