SELECT auction, bidder, price, channel, url, dateTime, extra, place
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC, n) AS place FROM bid
) AS bids
WHERE place <= 10
