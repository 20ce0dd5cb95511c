WITH hops AS (
    SELECT auction, window_start, COUNT(*) AS num
    FROM (SELECT auction, unnest([time_bucket(INTERVAL 2 SECOND, dateTime) - to_seconds(2 * back) for back in range(5)]) AS window_start FROM bid)
    GROUP BY auction, window_start
)
SELECT hops.auction, hops.num
FROM hops JOIN (SELECT window_start, MAX(num) AS most FROM hops GROUP BY window_start) AS hottest
  ON hops.window_start = hottest.window_start AND hops.num >= hottest.most
