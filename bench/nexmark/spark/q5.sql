WITH hops AS (
    SELECT auction, window(dateTime, '10 seconds', '2 seconds') AS window, COUNT(*) AS num
    FROM bid GROUP BY auction, window(dateTime, '10 seconds', '2 seconds')
)
SELECT hops.auction, hops.num
FROM hops JOIN (SELECT window, MAX(num) AS most FROM hops GROUP BY window) AS hottest
  ON hops.window = hottest.window AND hops.num >= hottest.most
