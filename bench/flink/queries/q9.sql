-- As ours, with the columns that are needed named before the join: Flink's planner does not see that the others are not,
-- and keeps them in its state.
SELECT id, itemName, description, initialBid, reserve, `dateTime`, expires, seller, category, extra,
       auction, bidder, price, bid_dateTime, bid_extra
FROM (
    SELECT opened.*, placed.auction, placed.bidder, placed.price,
           placed.`dateTime` AS bid_dateTime, placed.extra AS bid_extra,
           ROW_NUMBER() OVER (PARTITION BY opened.id ORDER BY placed.price DESC, placed.`dateTime`, placed.n) AS place
    FROM (
        SELECT id, itemName, description, initialBid, reserve, `dateTime`, expires, seller, category, extra FROM auction
    ) AS opened
    JOIN (SELECT n, auction, bidder, price, `dateTime`, extra FROM bid) AS placed
      ON placed.auction = opened.id AND placed.`dateTime` BETWEEN opened.`dateTime` AND opened.expires
) AS bids
WHERE place = 1
