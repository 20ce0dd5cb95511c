-- A column of its own for the time of the clock, for Flink's parser takes `at` for a word of its own.
SELECT bidder, COUNT(*) AS bids, window_start, window_end
FROM TABLE(TUMBLE((SELECT bidder, PROCTIME() AS seen FROM bid), DESCRIPTOR(seen), INTERVAL '10' SECOND))
GROUP BY bidder, window_start, window_end
