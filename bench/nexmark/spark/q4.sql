SELECT category, SUM(final) DIV COUNT(*) AS average
FROM (
    SELECT auction.category, MAX(bid.price) AS final
    FROM auction JOIN bid ON bid.auction = auction.id AND bid.dateTime BETWEEN auction.dateTime AND auction.expires
    GROUP BY auction.id, auction.category
) AS closed
GROUP BY category
