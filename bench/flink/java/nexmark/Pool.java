package nexmark;

import org.apache.flink.core.memory.MemorySegment;
import org.apache.flink.core.memory.MemorySegmentFactory;
import org.apache.flink.table.data.binary.BinaryStringData;

/** A mebibyte of letters. Texts of rows are slices of it: nothing is copied, and all share one memory segment. */
final class Pool {
    static final int BYTES = 1 << 20;

    static final Pool LETTERS = new Pool(letters());
    static final Pool NAMES = new Pool(names());

    final byte[] bytes;
    private final MemorySegment[] segments;

    private Pool(byte[] bytes) {
        this.bytes = bytes;
        segments = new MemorySegment[] {MemorySegmentFactory.wrap(bytes)};
    }

    /** Where the slice of this length that the draw says begins. */
    static int offset(int length, long draw) {
        return Draws.below(draw, BYTES - length);
    }

    BinaryStringData slice(int length, long draw) {
        return new BinaryStringData(segments, offset(length, draw), length);
    }

    /** Copies the slice to {@code target}, and says where it ends there. */
    int copySlice(int length, long draw, byte[] target, int at) {
        System.arraycopy(bytes, offset(length, draw), target, at, length);
        return at + length;
    }

    private static byte[] letters() {
        byte[] bytes = new byte[BYTES];
        for (int at = 0; at < BYTES; at++) {
            bytes[at] = letter(Draws.draw(Draws.LETTERS, at, 0));
        }
        return bytes;
    }

    private static byte[] names() {
        byte[] bytes = new byte[BYTES];
        for (int at = 0; at < BYTES; at++) {
            boolean gap = Draws.below(Draws.draw(Draws.NAMES, at, 0), 13) == 0;
            bytes[at] = gap ? (byte) '_' : letter(Draws.draw(Draws.NAMES, at, 1));
        }
        return bytes;
    }

    private static byte letter(long draw) {
        return (byte) ('a' + Draws.below(draw, 26));
    }
}
