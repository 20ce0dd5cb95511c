WITH gaps AS (
    SELECT bidder, dateTime,
           CASE WHEN dateTime - lag(dateTime) OVER (PARTITION BY bidder ORDER BY dateTime, n) > INTERVAL 10 SECOND THEN 1 ELSE 0 END AS is_new, n
    FROM bid
), sessions AS (
    SELECT bidder, dateTime, SUM(is_new) OVER (PARTITION BY bidder ORDER BY dateTime, n ROWS UNBOUNDED PRECEDING) AS session FROM gaps
)
SELECT bidder, COUNT(*) AS bids, MIN(dateTime) AS starttime, MAX(dateTime) + INTERVAL 10 SECOND AS endtime
FROM sessions GROUP BY bidder, session
