-- The events of an online auction, and a view for each kind of them. ${EVENTS} and ${RATE} say how many there are, and how many
-- in a second of their own time. n is the number of an event: of two with one time, the smaller one came first.
CREATE TABLE event (
    event_type INT,
    person ROW<id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING,
               `dateTime` TIMESTAMP(3), extra STRING>,
    auction ROW<id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT,
                `dateTime` TIMESTAMP(3), expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING>,
    bid ROW<auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING>,
    n BIGINT,
    `dateTime` AS CASE event_type WHEN 0 THEN person.`dateTime` WHEN 1 THEN auction.`dateTime` ELSE bid.`dateTime` END,
    WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND
) WITH (
    'connector' = 'nexmark',
    'events.num' = '${EVENTS}',
    'first-event.rate' = '${RATE}',
    'next-event.rate' = '${RATE}'
);

CREATE VIEW person AS
SELECT n, person.id, person.name, person.emailAddress, person.creditCard, person.city, person.state, `dateTime`, person.extra
FROM event WHERE event_type = 0;

CREATE VIEW auction AS
SELECT n, auction.id, auction.itemName, auction.description, auction.initialBid, auction.reserve, `dateTime`,
       auction.expires, auction.seller, auction.category, auction.extra
FROM event WHERE event_type = 1;

CREATE VIEW bid AS
SELECT n, bid.auction, bid.bidder, bid.price, bid.channel, bid.url, `dateTime`, bid.extra
FROM event WHERE event_type = 2;

-- What q13 looks up: ten thousand rows of a file.
CREATE TABLE side (`key` BIGINT, `value` STRING) WITH ('connector' = 'filesystem', 'path' = '${FOLDER}/side.csv', 'format' = 'csv');
