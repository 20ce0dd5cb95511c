-- The same events from files: one of Parquet for each kind, in the folder ${INPUT}, in the order of n.
CREATE TABLE person (
    n BIGINT, id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, `dateTime` TIMESTAMP(3),
    extra STRING, WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${INPUT}/person.parquet', 'format' = 'parquet');

CREATE TABLE auction (
    n BIGINT, id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, `dateTime` TIMESTAMP(3),
    expires TIMESTAMP(3), seller BIGINT, category BIGINT, extra STRING,
    WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${INPUT}/auction.parquet', 'format' = 'parquet');

CREATE TABLE bid (
    n BIGINT, auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, `dateTime` TIMESTAMP(3), extra STRING,
    WATERMARK FOR `dateTime` AS `dateTime` - INTERVAL '4' SECOND
) WITH ('connector' = 'filesystem', 'path' = '${INPUT}/bid.parquet', 'format' = 'parquet');

-- What q13 looks up: ten thousand rows of a file.
CREATE TABLE side (`key` BIGINT, `value` STRING) WITH ('connector' = 'filesystem', 'path' = '${FOLDER}/side.csv', 'format' = 'csv');
