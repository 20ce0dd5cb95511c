package nexmark;

/** What things cost: 65,536 prices, evenly spread over six powers of ten. */
final class Prices {
    static final int COUNT = 1 << 16;

    private static final int[] TABLE = table();

    private Prices() {}

    static long price(long draw) {
        return TABLE[(int) (draw >>> 48)];
    }

    static int entry(int at) {
        return TABLE[at];
    }

    private static int[] table() {
        int[] table = new int[COUNT];
        for (int at = 0; at < COUNT; at++) {
            table[at] = (int) Math.round(100 * Math.pow(10, 6 * (at + 0.5) / COUNT));
        }
        return table;
    }
}
