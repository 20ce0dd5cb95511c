package nexmark;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.apache.flink.table.data.binary.BinaryStringData;

/**
 * Prints the SHA-256 of what NXG-1 has check values for: {@code events N RATE [java-slip]}, {@code letters},
 * {@code names}, {@code prices} or {@code channels}. Events are read out of the rows that Flink gets.
 */
public final class CanonicalText {
    private static final int BUFFER_BYTES = 1 << 20;

    private final ByteArrayOutputStream text = new ByteArrayOutputStream(BUFFER_BYTES + 1024);
    private final MessageDigest digest;
    private long bytes;

    private CanonicalText() throws Exception {
        digest = MessageDigest.getInstance("SHA-256");
    }

    public static void main(String[] arguments) throws Exception {
        CanonicalText text = new CanonicalText();
        switch (arguments[0]) {
            case "events" -> text.events(
                    Corpus.of(Long.parseLong(arguments[1]), Long.parseLong(arguments[2]), arguments.length > 3));
            case "letters" -> text.text.writeBytes(Pool.LETTERS.bytes);
            case "names" -> text.text.writeBytes(Pool.NAMES.bytes);
            case "prices" -> text.prices();
            case "channels" -> text.channels();
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        text.drain();
        System.out.println(HexFormat.of().formatHex(text.digest.digest()) + " " + text.bytes);
    }

    private void events(Corpus corpus) {
        for (long number = 0; number < corpus.events(); number++) {
            long epoch = number / Corpus.EPOCH;
            int kind = Corpus.kind((int) (number % Corpus.EPOCH));
            event(new EventRow(corpus, EventRow.TABLE, kind, number, epoch), kind);
        }
    }

    private void event(EventRow event, int kind) {
        text.write("PAB".charAt(kind));
        column(event.getLong(EventRow.NUMBER));
        int at = EventRow.PERSON_ROW + kind;
        EventRow row = (EventRow) event.getRow(at, EventRow.ARITIES[kind]);
        for (int column = 0; column < row.getArity(); column++) {
            switch (EventRow.code(at, column)) {
                case Person.ID, Auction.ID, Auction.INITIAL_BID, Auction.RESERVE, Auction.SELLER, Auction.CATEGORY,
                        Bid.AUCTION, Bid.BIDDER, Bid.PRICE -> column(row.getLong(column));
                case Person.TIME, Auction.TIME, Auction.EXPIRES, Bid.TIME ->
                    column(row.getTimestamp(column, 3).getMillisecond());
                default -> {
                    text.write('|');
                    text.writeBytes(((BinaryStringData) row.getString(column)).toBytes());
                }
            }
        }
        text.write('\n');
        if (text.size() >= BUFFER_BYTES) {
            drain();
        }
    }

    private void column(long value) {
        text.write('|');
        text.writeBytes(Long.toString(value).getBytes(StandardCharsets.US_ASCII));
    }

    private void prices() {
        for (int at = 0; at < Prices.COUNT; at++) {
            text.writeBytes((Prices.entry(at) + "\n").getBytes(StandardCharsets.US_ASCII));
        }
    }

    private void channels() {
        for (int channel = 0; channel < Channels.COUNT; channel++) {
            text.writeBytes((Channels.name(channel) + "|" + Channels.address(channel) + "\n")
                    .getBytes(StandardCharsets.US_ASCII));
        }
    }

    private void drain() {
        byte[] written = text.toByteArray();
        digest.update(written);
        bytes += written.length;
        text.reset();
    }
}
