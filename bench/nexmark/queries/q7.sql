SELECT bid.auction, bid.bidder, bid.price, bid.`dateTime`, bid.extra
FROM bid
JOIN (
    SELECT window_end, MAX(price) AS highest
    FROM TABLE(TUMBLE(TABLE bid, DESCRIPTOR(`dateTime`), INTERVAL '10' SECOND))
    GROUP BY window_start, window_end
) AS highest ON bid.price = highest.highest
WHERE bid.`dateTime` BETWEEN highest.window_end - INTERVAL '10' SECOND AND highest.window_end
