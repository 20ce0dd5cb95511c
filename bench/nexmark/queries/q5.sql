WITH hops AS (
    SELECT auction, window_start, window_end, COUNT(*) AS num
    FROM TABLE(HOP(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '2' SECOND, INTERVAL '10' SECOND))
    GROUP BY auction, window_start, window_end
)
SELECT hops.auction, hops.num
FROM hops
JOIN (SELECT window_start, window_end, MAX(num) AS most FROM hops GROUP BY window_start, window_end) AS hottest
  ON hops.window_start = hottest.window_start AND hops.window_end = hottest.window_end AND hops.num >= hottest.most
