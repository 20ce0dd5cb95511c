SELECT bid.auction, bid.bidder, bid.price, bid.dateTime, bid.extra
FROM bid
JOIN (
    SELECT time_bucket(INTERVAL 10 SECOND, dateTime) + INTERVAL 10 SECOND AS window_end, MAX(price) AS highest FROM bid GROUP BY 1
) AS highest ON bid.price = highest.highest
WHERE bid.dateTime BETWEEN highest.window_end - INTERVAL '10' SECOND AND highest.window_end
