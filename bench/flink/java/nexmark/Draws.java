package nexmark;

/** The random numbers of NXG-1: each follows from the number of what it is drawn for, so there is no state. */
final class Draws {
    static final int EVENTS = 0;
    static final int LETTERS = 1;
    static final int NAMES = 2;
    static final int CHANNELS = 3;

    private static final long SEED = 0x4E45584D41524B31L;
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private Draws() {}

    /** Draw {@code which} of sixteen, for number {@code number} of a stream. */
    static long draw(int stream, long number, int which) {
        long mixed = SEED + stream + (16 * number + which) * GOLDEN;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    /** Draw {@code which} for an event. */
    static long draw(long number, int which) {
        return draw(EVENTS, number, which);
    }

    /** The draw, taken as unsigned, scaled down to a number below {@code count}, which must be positive. */
    static long below(long draw, long count) {
        // `Math.unsignedMultiplyHigh` is newer than Java 17.
        return Math.multiplyHigh(draw, count) + ((draw >> 63) & count);
    }

    static int below(long draw, int count) {
        return (int) below(draw, (long) count);
    }
}
