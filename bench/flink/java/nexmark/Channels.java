package nexmark;

import java.nio.charset.StandardCharsets;
import org.apache.flink.table.data.binary.BinaryStringData;

/**
 * Where bids come from: ten thousand channels and four well-known ones, each with its address.
 *
 * <p>Rows share these texts, so what Flink keeps in one of them, such as its {@code String}, it makes once.
 */
final class Channels {
    static final int NUMBERED = 10_000;
    static final int COUNT;

    private static final String[] KNOWN = {"Google", "Facebook", "Baidu", "Apple"};
    private static final BinaryStringData[] NAMES;
    private static final BinaryStringData[] ADDRESSES;

    static {
        COUNT = NUMBERED + KNOWN.length;
        NAMES = new BinaryStringData[COUNT];
        ADDRESSES = new BinaryStringData[COUNT];
        for (int channel = 0; channel < COUNT; channel++) {
            NAMES[channel] = text(channel < NUMBERED ? "channel-" + channel : KNOWN[channel - NUMBERED]);
            ADDRESSES[channel] = text(makeAddress(channel));
        }
    }

    private Channels() {}

    /** The channel of a bid, by two draws: half of the bids come from the known ones. */
    static int channel(long known, long which) {
        return Draws.below(known, 2) > 0 ? NUMBERED + Draws.below(which, KNOWN.length) : Draws.below(which, NUMBERED);
    }

    static BinaryStringData name(int channel) {
        return NAMES[channel];
    }

    static BinaryStringData address(int channel) {
        return ADDRESSES[channel];
    }

    private static String makeAddress(int channel) {
        StringBuilder address = new StringBuilder("https://www.nexmark.com/");
        for (int directory = 0; directory < 3; directory++) {
            int length = 3 + Draws.below(draw(channel, 2 * directory), 2);
            int from = Pool.offset(length, draw(channel, 2 * directory + 1));
            address.append(new String(Pool.NAMES.bytes, from, length, StandardCharsets.US_ASCII)).append('/');
        }
        address.append("item.htm?query=1");
        if (channel < NUMBERED && Draws.below(draw(channel, 6), 10) > 0) {
            address.append("&channel_id=").append(Math.abs((long) Integer.reverse(channel)));
        }
        return address.toString();
    }

    private static long draw(int channel, int which) {
        return Draws.draw(Draws.CHANNELS, channel, which);
    }

    private static BinaryStringData text(String text) {
        return BinaryStringData.fromBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
}
