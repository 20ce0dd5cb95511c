package nexmark;

import java.io.IOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/** The rows that are left of a changelog, each as often as it is, as lines of CSV. */
final class Answer {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS");

    private final Map<String, Long> counts = new HashMap<>();

    void add(Row row) {
        boolean comes = row.getKind() == RowKind.INSERT || row.getKind() == RowKind.UPDATE_AFTER;
        counts.merge(line(row), comes ? 1L : -1L, (before, change) -> before + change == 0 ? null : before + change);
    }

    long rows() {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    /** To a file in this folder, which it makes. */
    void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (Writer writer = Files.newBufferedWriter(folder.resolve("answer.csv"))) {
            for (Map.Entry<String, Long> entry : counts.entrySet()) {
                for (long left = entry.getValue(); left > 0; left--) {
                    writer.write(entry.getKey());
                    writer.write('\n');
                }
                if (entry.getValue() < 0) {
                    throw new IOException("taken back, but never given: " + entry.getKey());
                }
            }
        }
    }

    private static String line(Row row) {
        StringBuilder line = new StringBuilder();
        for (int at = 0; at < row.getArity(); at++) {
            if (at > 0) {
                line.append(',');
            }
            line.append(field(row.getField(at)));
        }
        return line.toString();
    }

    private static String field(Object value) {
        if (value == null) {
            return "";
        } else if (value instanceof LocalDateTime time) {
            return TIME.format(time);
        } else if (value instanceof BigDecimal decimal) {
            return decimal.toPlainString();
        }
        String text = value.toString();
        boolean plain = text.chars().noneMatch(letter -> ",\"\n\r".indexOf(letter) >= 0);
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
