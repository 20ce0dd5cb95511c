package nexmark;

import static nexmark.Draws.below;
import static nexmark.Draws.draw;

import org.apache.flink.table.data.binary.BinaryStringData;

/** Somebody offers something: how the columns of an auction follow from the number of the event. */
final class Auction {
    /** The auction's codes in {@link EventRow}; the order is the table's. */
    static final int ID = 32, ITEM = 33, DESCRIPTION = 34, INITIAL_BID = 35, RESERVE = 36, TIME = 37, EXPIRES = 38,
            SELLER = 39, CATEGORY = 40, EXTRA = 41;

    /** About the bytes of an auction without its six numbers. */
    private static final int BYTES = 500 - 48;

    /** Events within which about a hundred auctions are opened: an auction is open for half of that, in the mean. */
    private static final int OPEN_EVENTS = 1666;

    private Auction() {}

    static long id(long number, long epoch) {
        return Corpus.FIRST_NUMBER + Corpus.AUCTIONS * epoch + (number - Corpus.EPOCH * epoch - 1);
    }

    static BinaryStringData item(long number) {
        return Pool.NAMES.slice(itemLength(number), draw(number, 1));
    }

    static BinaryStringData description(long number) {
        return Pool.NAMES.slice(descriptionLength(number), draw(number, 3));
    }

    static long initialBid(long number) {
        return Prices.price(draw(number, 4));
    }

    static long reserve(long number) {
        return initialBid(number) + Prices.price(draw(number, 5));
    }

    static long expires(long number, Corpus corpus) {
        long opened = corpus.time(number);
        long most = Math.max(2 * (corpus.time(number + OPEN_EVENTS) - opened), 1);
        return opened + 1 + below(draw(number, 9), most);
    }

    static long seller(long number, long epoch) {
        boolean hot = below(draw(number, 6), 4) > 0;
        return Corpus.FIRST_NUMBER
                + (hot ? Corpus.hotPerson(epoch) : Corpus.activePerson(epoch, draw(number, 7)));
    }

    static long category(long number) {
        return 10 + below(draw(number, 8), 5);
    }

    static BinaryStringData extra(long number) {
        int missing = BYTES - itemLength(number) - descriptionLength(number);
        return Pool.LETTERS.slice(Corpus.paddingLength(missing, draw(number, 10)), draw(number, 11));
    }

    private static int itemLength(long number) {
        return 3 + below(draw(number, 0), 17);
    }

    private static int descriptionLength(long number) {
        return 3 + below(draw(number, 2), 97);
    }
}
