package nexmark;

import java.io.Serializable;

/** Which events there are: their number, their rate, and where the numbers of bidders begin. */
record Corpus(long events, long rate, long firstBidder) implements Serializable {
    /** Events of an epoch: a person, three auctions, and bids. */
    static final int EPOCH = 50;

    static final int AUCTIONS = 3;
    static final long FIRST_NUMBER = 1000;

    /** 2025-01-01T23:58:20Z. */
    private static final long BEGIN = 1_735_775_900_000L;

    /** A generator of the public suite counts a person's first number twice, and its bidders begin a thousand later. */
    static Corpus of(long events, long rate, boolean javaSlip) {
        return new Corpus(events, rate, javaSlip ? 2 * FIRST_NUMBER : FIRST_NUMBER);
    }

    /** Milliseconds since 1970. */
    long time(long number) {
        return BEGIN + 1000 * number / rate;
    }

    long epochs() {
        return (events + EPOCH - 1) / EPOCH;
    }

    /** 0 for a person, 1 for an auction, 2 for a bid, by the place in the epoch. */
    static int kind(int place) {
        return place == 0 ? 0 : place <= AUCTIONS ? 1 : 2;
    }

    /** One of the last thousand persons, or of ten that are to come. */
    static long activePerson(long epoch, long draw) {
        long known = Math.min(epoch + 1, 1000);
        return epoch + 1 - known + Draws.below(draw, known + 10);
    }

    /** The person that most auctions of this time are opened by. */
    static long hotPerson(long epoch) {
        return epoch / 100 * 100;
    }

    /** How long a text is that fills a row up to about {@code missing} bytes. */
    static int paddingLength(int missing, long draw) {
        int difference = (missing + 2) / 5;
        return missing - difference + Draws.below(draw, 2 * difference);
    }
}
