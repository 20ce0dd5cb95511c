SELECT registered.id, registered.name, registered.window_start
FROM (SELECT DISTINCT id, name, time_bucket(INTERVAL 10 SECOND, dateTime) AS window_start FROM person) AS registered
JOIN (SELECT DISTINCT seller, time_bucket(INTERVAL 10 SECOND, dateTime) AS window_start FROM auction) AS sells
  ON registered.id = sells.seller AND registered.window_start = sells.window_start
