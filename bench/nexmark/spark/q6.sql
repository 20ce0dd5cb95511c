WITH winners AS (
    SELECT id, seller, price, dateTime FROM (
        SELECT auction.id, auction.seller, bid.price, bid.dateTime,
               ROW_NUMBER() OVER (PARTITION BY auction.id ORDER BY bid.price DESC, bid.dateTime, bid.n) AS place
        FROM auction JOIN bid ON bid.auction = auction.id AND bid.dateTime BETWEEN auction.dateTime AND auction.expires
    ) WHERE place = 1
)
SELECT seller, SUM(price) OVER last DIV COUNT(*) OVER last AS average
FROM winners WINDOW last AS (PARTITION BY seller ORDER BY dateTime, id ROWS BETWEEN 9 PRECEDING AND CURRENT ROW)
