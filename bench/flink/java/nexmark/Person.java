package nexmark;

import static nexmark.Draws.below;
import static nexmark.Draws.draw;

import java.nio.charset.StandardCharsets;
import org.apache.flink.table.data.binary.BinaryStringData;

/** Somebody registers: how the columns of a person follow from the number of the event. */
final class Person {
    /** The person's codes in {@link EventRow}; the order is the table's. */
    static final int ID = 16, NAME = 17, EMAIL = 18, CARD = 19, CITY = 20, STATE = 21, TIME = 22, EXTRA = 23;

    /** About the bytes of a person without its number and its time. */
    private static final int BYTES = 200 - 8;

    private static final int CARD_LENGTH = 19;

    private static final String[] FIRST = {
        "Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"
    };
    private static final String[] LAST = {
        "Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"
    };
    private static final BinaryStringData[] NAMES = new BinaryStringData[FIRST.length * LAST.length];
    private static final BinaryStringData[] CITIES =
            texts("Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland", "Bend", "Redmond", "Seattle", "Kent",
                    "Cheyenne");
    private static final BinaryStringData[] STATES = texts("AZ", "CA", "ID", "OR", "WA", "WY");

    static {
        for (int name = 0; name < NAMES.length; name++) {
            NAMES[name] = text(FIRST[name / LAST.length] + " " + LAST[name % LAST.length]);
        }
    }

    private Person() {}

    static long id(long epoch) {
        return Corpus.FIRST_NUMBER + epoch;
    }

    static BinaryStringData name(long number) {
        return NAMES[below(draw(number, 0), FIRST.length) * LAST.length + below(draw(number, 1), LAST.length)];
    }

    static BinaryStringData email(long number) {
        byte[] email = new byte[emailLength(number)];
        int at = Pool.NAMES.copySlice(userLength(number), draw(number, 3), email, 0);
        email[at++] = '@';
        at = Pool.NAMES.copySlice(hostLength(number), draw(number, 5), email, at);
        email[at++] = '.';
        email[at++] = 'c';
        email[at++] = 'o';
        email[at] = 'm';
        return BinaryStringData.fromBytes(email);
    }

    static BinaryStringData card(long number) {
        byte[] card = new byte[CARD_LENGTH];
        long lanes = draw(number, 6);
        for (int lane = 0; lane < 4; lane++) {
            int digits = (int) ((lanes >>> (48 - 16 * lane) & 0xFFFF) * 10_000 >>> 16);
            for (int at = 5 * lane + 3; at >= 5 * lane; at--) {
                card[at] = (byte) ('0' + digits % 10);
                digits /= 10;
            }
            if (lane < 3) {
                card[5 * lane + 4] = ' ';
            }
        }
        return BinaryStringData.fromBytes(card);
    }

    static BinaryStringData city(long number) {
        return CITIES[below(draw(number, 7), CITIES.length)];
    }

    static BinaryStringData state(long number) {
        return STATES[below(draw(number, 8), STATES.length)];
    }

    static BinaryStringData extra(long number) {
        int missing = BYTES - name(number).getSizeInBytes() - emailLength(number) - CARD_LENGTH
                - city(number).getSizeInBytes() - state(number).getSizeInBytes();
        return Pool.LETTERS.slice(Corpus.paddingLength(missing, draw(number, 9)), draw(number, 10));
    }

    private static int userLength(long number) {
        return 3 + below(draw(number, 2), 4);
    }

    private static int hostLength(long number) {
        return 3 + below(draw(number, 4), 2);
    }

    private static int emailLength(long number) {
        return userLength(number) + 1 + hostLength(number) + 4;
    }

    private static BinaryStringData[] texts(String... texts) {
        BinaryStringData[] converted = new BinaryStringData[texts.length];
        for (int at = 0; at < texts.length; at++) {
            converted[at] = text(texts[at]);
        }
        return converted;
    }

    private static BinaryStringData text(String text) {
        return BinaryStringData.fromBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
}
