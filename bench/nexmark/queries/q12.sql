SELECT bidder, COUNT(*) AS bids, window_start, window_end
FROM TABLE(TUMBLE((SELECT bidder, PROCTIME() AS at FROM bid), DESCRIPTOR(at), INTERVAL '10' SECOND))
GROUP BY bidder, window_start, window_end
