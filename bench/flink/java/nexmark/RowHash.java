package nexmark;

import java.io.Serializable;
import java.math.BigInteger;
import java.util.List;
import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.data.binary.BinarySegmentUtils;
import org.apache.flink.table.data.binary.BinaryStringData;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;

/**
 * The hash of a row, which is that of Millstream's keys ({@code memory/src/key/word.rs}): the same for the same values. Every
 * byte of every column is read. What is done for a column is decided when the job is planned; nothing is boxed, and nothing
 * is made for a row but what Flink's own rows make when they are asked for a text, a time or a wide decimal.
 */
final class RowHash implements Serializable {
    private static final long serialVersionUID = 1;

    private static final long VALUE = 0xb7e151628aed2a6bL;
    private static final long FOLD = 0x243f6a8885a308d3L;
    private static final long NEXT = 0x6a09e667f3bcc909L;
    private static final long ROUND = 0xd6e8feb86659fd93L;
    private static final long NULL = 0x9e3779b97f4a7c15L;
    private static final long NESTED = 0x2545f4914f6cdd1dL;

    /** The most bytes of a text that is hashed as two words. */
    private static final int SHORT_BYTES = 12;

    private enum Kind {
        BOOLEAN, BYTE, SHORT, INT, LONG, FLOAT, DOUBLE, DECIMAL, TEXT, BYTES, TIME
    }

    private final Kind[] kinds;
    private final int[] precisions;
    private final int[] scales;
    /** A text that does not lie in one array of the heap. */
    private transient byte[] gathered;

    RowHash(List<LogicalType> columns) {
        int count = columns.size();
        kinds = new Kind[count];
        precisions = new int[count];
        scales = new int[count];
        for (int at = 0; at < count; at++) {
            LogicalType type = columns.get(at);
            kinds[at] = kind(type);
            if (type instanceof DecimalType decimal) {
                precisions[at] = decimal.getPrecision();
                scales[at] = decimal.getScale();
            } else if (kinds[at] == Kind.TIME) {
                precisions[at] = LogicalTypeChecks.getPrecision(type);
            }
        }
    }

    private static Kind kind(LogicalType type) {
        return switch (type.getTypeRoot()) {
            case BOOLEAN -> Kind.BOOLEAN;
            case TINYINT -> Kind.BYTE;
            case SMALLINT -> Kind.SHORT;
            case INTEGER, DATE, TIME_WITHOUT_TIME_ZONE -> Kind.INT;
            case BIGINT -> Kind.LONG;
            case FLOAT -> Kind.FLOAT;
            case DOUBLE -> Kind.DOUBLE;
            case DECIMAL -> Kind.DECIMAL;
            case CHAR, VARCHAR -> Kind.TEXT;
            case BINARY, VARBINARY -> Kind.BYTES;
            case TIMESTAMP_WITHOUT_TIME_ZONE, TIMESTAMP_WITH_LOCAL_TIME_ZONE -> Kind.TIME;
            default -> throw new ValidationException("there is no checksum of columns of " + type.asSummaryString());
        };
    }

    long of(RowData row) {
        if (kinds.length == 0) {
            return NESTED;
        }
        long hash = column(row, 0);
        for (int at = 1; at < kinds.length; at++) {
            hash = mix((Long.rotateLeft(hash, 29) ^ NEXT) * ROUND ^ column(row, at));
        }
        return hash;
    }

    private long column(RowData row, int at) {
        if (row.isNullAt(at)) {
            return NULL;
        }
        return switch (kinds[at]) {
            case BOOLEAN -> number(row.getBoolean(at) ? 1 : 0);
            case BYTE -> number(row.getByte(at));
            case SHORT -> number(row.getShort(at));
            case INT -> number(row.getInt(at));
            case LONG -> number(row.getLong(at));
            case FLOAT -> number(row.getFloat(at));
            case DOUBLE -> number(row.getDouble(at));
            case DECIMAL -> number(row.getDecimal(at, precisions[at], scales[at]));
            case TEXT -> text(row.getString(at));
            case BYTES -> bytes(row.getBinary(at));
            case TIME -> number(row.getTimestamp(at, precisions[at]), precisions[at]);
        };
    }

    /** Shift, xor, multiply, twice. */
    private static long mix(long bits) {
        bits = (bits ^ bits >>> 32) * ROUND;
        bits = (bits ^ bits >>> 32) * ROUND;
        return bits ^ bits >>> 32;
    }

    private static long number(long value) {
        return mix(value ^ VALUE);
    }

    /** All that are not a number are one, and {@code -0.0} is {@code 0.0}. */
    private static long number(double value) {
        return number(Double.doubleToLongBits(value + 0.0));
    }

    private static long number(DecimalData value) {
        if (value.isCompact()) {
            return number(value.toUnscaledLong());
        }
        BigInteger digits = value.toBigDecimal().unscaledValue();
        boolean isWord = digits.bitLength() <= (digits.signum() < 0 ? 63 : 64);
        if (isWord) {
            return number(digits.longValue());
        }
        long high = number(digits.shiftRight(64).longValue());
        return mix((Long.rotateLeft(number(digits.longValue()), 29) ^ NEXT) * ROUND ^ high);
    }

    /** Millstream counts seconds, thousandths, millionths or billionths of them, by how many digits there are. */
    private static long number(TimestampData time, int digits) {
        long millis = time.getMillisecond();
        if (digits == 0) {
            return number(Math.floorDiv(millis, 1_000L));
        } else if (digits <= 3) {
            return number(millis);
        } else if (digits <= 6) {
            return number(millis * 1_000 + time.getNanoOfMillisecond() / 1_000);
        }
        return number(millis * 1_000_000 + time.getNanoOfMillisecond());
    }

    private long text(StringData data) {
        BinaryStringData text = (BinaryStringData) data;
        text.ensureMaterialized();
        MemorySegment[] segments = text.getSegments();
        int from = text.getOffset();
        int length = text.getSizeInBytes();
        MemorySegment first = segments[0];
        if (segments.length == 1 && !first.isOffHeap()) {
            return bytes(first.getArray(), from, length);
        }
        if (gathered == null || gathered.length < length) {
            gathered = new byte[Math.max(length, 1024)];
        }
        BinarySegmentUtils.copyToBytes(segments, from, gathered, 0, length);
        return bytes(gathered, 0, length);
    }

    private static long bytes(byte[] bytes) {
        return bytes(bytes, 0, bytes.length);
    }

    /** A short text is its length in four bytes, then itself, then zeroes. */
    static long bytes(byte[] text, int from, int length) {
        if (length > SHORT_BYTES) {
            return Xxh3.hash(text, from, length);
        }
        long first = 0;
        long rest = 0;
        if (length >= 8) {
            long head = Xxh3.word(text, from);
            // The last eight, less those that the head has as well.
            long tail = length == 8 ? 0 : Xxh3.word(text, from + length - 8) >>> 8 * (16 - length);
            first = head & 0xffffffffL;
            rest = head >>> 32 | tail << 32;
        } else {
            long all = 0;
            for (int at = length - 1; at >= 0; at--) {
                all = all << 8 | text[from + at] & 0xff;
            }
            first = all & 0xffffffffL;
            rest = all >>> 32;
        }
        return Xxh3.fold((length | first << 32) ^ VALUE, rest ^ FOLD);
    }
}
