package nexmark;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import nexmark.ConsumingSinkFactory.ConsumedAs;
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
 * <p>In: {@code mode}, {@code settings} (an object), {@code statements} (a list), {@code query}, {@code sink}, {@code answer}
 * (a folder or null). Out: {@code job} and {@code rows}, or {@code error}. Without a folder for the answer the rows go into
 * the {@code sink} (see {@link ConsumingSinkFactory}), and of an updated row every version counts unless it is
 * {@code final}; what it has summed is in {@code changes} and {@code checksum}. With a folder the rows are those that are
 * left in the end.
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
            return request.hasNonNull("answer") ? keep(rows, Path.of(request.get("answer").asText())) : consume(rows, request.get("sink").asText());
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

    private static Map<String, Object> consume(Table rows, String sink) throws Exception {
        TableDescriptor target = TableDescriptor.forConnector(ConsumingSinkFactory.NAME)
                .option(ConsumingSinkFactory.AS, ConsumedAs.valueOf(sink.toUpperCase(Locale.ROOT)))
                .build();
        JobClient job = rows.insertInto(target).execute().getJobClient().orElseThrow();
        Map<String, Object> told = job.getJobExecutionResult().get().getAllAccumulatorResults();
        Map<String, Object> answer = new HashMap<>();
        answer.put("job", job.getJobID().toString());
        answer.put("rows", told.get(Count.ROWS));
        if (told.get(Checksum.CHECKSUM) instanceof Long checksum) {
            answer.put(Checksum.CHANGES, told.get(Checksum.CHANGES));
            answer.put(Checksum.CHECKSUM, String.format("%016x", checksum));
        }
        return answer;
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
