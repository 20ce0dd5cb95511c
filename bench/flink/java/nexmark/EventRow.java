package nexmark;

import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;

/**
 * An event as a row of Flink. It keeps the number of the event and computes a column when it is asked for it: what a
 * query does not read costs nothing, and no number is boxed.
 *
 * <p>Columns are codes: those of the table below, those of its three rows in {@link Person}, {@link Auction}, {@link Bid}.
 */
final class EventRow extends ComputedRow {
    static final int EVENT_TYPE = 0;
    static final int PERSON_ROW = 1;
    static final int NUMBER = 4;

    /** All columns of the table. */
    static final int[] TABLE = {EVENT_TYPE, PERSON_ROW, PERSON_ROW + 1, PERSON_ROW + 2, NUMBER};

    /** How many columns the rows of a person, an auction and a bid have. */
    static final int[] ARITIES = {8, 10, 7};

    private static final int[][] NESTED = {codes(0), codes(1), codes(2)};

    private final Corpus corpus;
    private final int[] columns;
    private final int kind;
    private final long number;
    private final long epoch;

    EventRow(Corpus corpus, int[] columns, int kind, long number, long epoch) {
        this.corpus = corpus;
        this.columns = columns;
        this.kind = kind;
        this.number = number;
        this.epoch = epoch;
    }

    /** The code of a column: of the table, or by a second number of one of its rows. */
    static int code(int... path) {
        return path.length == 1 ? TABLE[path[0]] : codes(path[0] - PERSON_ROW)[path[1]];
    }

    private static int[] codes(int kind) {
        int[] codes = new int[ARITIES[kind]];
        for (int at = 0; at < codes.length; at++) {
            codes[at] = (kind + 1 << 4) + at;
        }
        return codes;
    }

    @Override
    public int getArity() {
        return columns.length;
    }

    @Override
    public boolean isNullAt(int at) {
        int code = columns[at];
        if (code == EVENT_TYPE || code == NUMBER) {
            return false;
        }
        return kind != (code < NUMBER ? code - PERSON_ROW : (code >> 4) - 1);
    }

    @Override
    public int getInt(int at) {
        if (columns[at] != EVENT_TYPE) {
            throw noSuchColumn(at);
        }
        return kind;
    }

    @Override
    public long getLong(int at) {
        return switch (columns[at]) {
            case NUMBER -> number;
            case Person.ID -> Person.id(epoch);
            case Auction.ID -> Auction.id(number, epoch);
            case Auction.INITIAL_BID -> Auction.initialBid(number);
            case Auction.RESERVE -> Auction.reserve(number);
            case Auction.SELLER -> Auction.seller(number, epoch);
            case Auction.CATEGORY -> Auction.category(number);
            case Bid.AUCTION -> Bid.auction(number, epoch);
            case Bid.BIDDER -> Bid.bidder(number, epoch, corpus);
            case Bid.PRICE -> Bid.price(number);
            default -> throw noSuchColumn(at);
        };
    }

    @Override
    public TimestampData getTimestamp(int at, int precision) {
        long time = columns[at] == Auction.EXPIRES ? Auction.expires(number, corpus) : corpus.time(number);
        return TimestampData.fromEpochMillis(time);
    }

    @Override
    public StringData getString(int at) {
        return switch (columns[at]) {
            case Person.NAME -> Person.name(number);
            case Person.EMAIL -> Person.email(number);
            case Person.CARD -> Person.card(number);
            case Person.CITY -> Person.city(number);
            case Person.STATE -> Person.state(number);
            case Person.EXTRA -> Person.extra(number);
            case Auction.ITEM -> Auction.item(number);
            case Auction.DESCRIPTION -> Auction.description(number);
            case Auction.EXTRA -> Auction.extra(number);
            case Bid.CHANNEL -> Bid.channel(number);
            case Bid.URL -> Bid.url(number);
            case Bid.EXTRA -> Bid.extra(number);
            default -> throw noSuchColumn(at);
        };
    }

    @Override
    public RowData getRow(int at, int arity) {
        return new EventRow(corpus, NESTED[columns[at] - PERSON_ROW], kind, number, epoch);
    }
}
