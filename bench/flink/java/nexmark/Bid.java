package nexmark;

import static nexmark.Draws.below;
import static nexmark.Draws.draw;

import org.apache.flink.table.data.binary.BinaryStringData;

/** Somebody offers a price: how the columns of a bid follow from the number of the event. Most events are bids. */
final class Bid {
    /** The bid's codes in {@link EventRow}; the order is the table's. */
    static final int AUCTION = 48, BIDDER = 49, PRICE = 50, CHANNEL = 51, URL = 52, TIME = 53, EXTRA = 54;

    private Bid() {}

    static long auction(long number, long epoch) {
        long last = Corpus.AUCTIONS * epoch + Corpus.AUCTIONS - 1;
        if (below(draw(number, 0), 2) > 0) {
            return Corpus.FIRST_NUMBER + last / 100 * 100;
        }
        long least = Math.max(last - 100, 0);
        return Corpus.FIRST_NUMBER + least + below(draw(number, 1), last - least + 11);
    }

    static long bidder(long number, long epoch, Corpus corpus) {
        boolean hot = below(draw(number, 2), 4) > 0;
        return corpus.firstBidder()
                + (hot ? Corpus.hotPerson(epoch) + 1 : Corpus.activePerson(epoch, draw(number, 3)));
    }

    static long price(long number) {
        return Prices.price(draw(number, 4));
    }

    static BinaryStringData channel(long number) {
        return Channels.name(channelNumber(number));
    }

    static BinaryStringData url(long number) {
        return Channels.address(channelNumber(number));
    }

    static BinaryStringData extra(long number) {
        return Pool.LETTERS.slice(54 + below(draw(number, 7), 28), draw(number, 8));
    }

    private static int channelNumber(long number) {
        return Channels.channel(draw(number, 5), draw(number, 6));
    }
}
