-- As the public suite has it: by the time alone, Flink keeps one row for each pair and no order of them. Of two bids with
-- one time it keeps the one that came later, which at parallelism 1 is ours; as a batch it may be the other one.
SELECT auction, bidder, price, channel, url, `dateTime`, extra
FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY bidder, auction ORDER BY `dateTime` DESC) AS place FROM bid
) AS bids
WHERE place <= 1
