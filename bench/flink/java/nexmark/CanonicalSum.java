package nexmark;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.BigIntType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.DoubleType;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.VarCharType;

/**
 * Prints sums of hashes that Millstream has to come to as well: {@code engine/connect/src/checksum/tests.rs} has the same
 * values. {@code texts}: those of 3001 texts, each a letter longer than the one before. {@code rows}: those of two rows.
 */
public final class CanonicalSum {
    private static final int LENGTH_MAX = 3000;

    private CanonicalSum() {}

    public static void main(String[] arguments) {
        long sum = arguments[0].equals("texts") ? texts() : rows();
        System.out.printf("%016x%n", sum);
    }

    private static long texts() {
        byte[] letters = new byte[LENGTH_MAX];
        for (int at = 0; at < LENGTH_MAX; at++) {
            letters[at] = (byte) ('a' + (at * at + at / 7) % 26);
        }
        long sum = 0;
        for (int length = 0; length <= LENGTH_MAX; length++) {
            sum += RowHash.bytes(letters, 0, length);
        }
        return sum;
    }

    private static long rows() {
        RowHash hash = new RowHash(List.of(
                new BigIntType(), new VarCharType(), new DecimalType(38, 3), new TimestampType(3), new DoubleType()));
        DecimalData wide = DecimalData.fromBigDecimal(new BigDecimal(BigInteger.ONE.shiftLeft(100), 3), 38, 3);
        DecimalData narrow = DecimalData.fromBigDecimal(new BigDecimal(BigInteger.valueOf(-908), 3), 38, 3);
        TimestampData time = TimestampData.fromEpochMillis(1_700_000_000_123L);
        return hash.of(GenericRowData.of(1L, StringData.fromString("millstream"), narrow, time, -0.0))
                + hash.of(GenericRowData.of(null, StringData.fromString("thirteen byte"), wide, null, Double.NaN));
    }
}
