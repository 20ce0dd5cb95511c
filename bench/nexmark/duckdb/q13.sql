SELECT bid.auction, bid.bidder, bid.price, bid.dateTime, side.value FROM bid JOIN side ON bid.auction % 10000 = side.key
