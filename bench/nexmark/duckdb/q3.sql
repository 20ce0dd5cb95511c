SELECT seller.name, seller.city, seller.state, auction.id
FROM auction JOIN person AS seller ON auction.seller = seller.id
WHERE auction.category = 10 AND seller.state IN ('OR', 'ID', 'CA')
