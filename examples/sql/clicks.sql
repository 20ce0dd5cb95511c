-- Clicks on five pages, counted in windows of a second as they come.
--
--     millstream run examples/sql/clicks.sql --mode streaming --variable RATE=1000 --variable ROWS=10000
--
-- RATE is clicks a second, ROWS is after how many it ends. Over a file that has them the same query is a batch job: give `clicks`
-- 'connector' = 'filesystem' with a path and a format instead.
CREATE TABLE clicks (
    page INT,
    visitor INT,
    `at` TIMESTAMP(3),
    WATERMARK FOR `at` AS `at` - INTERVAL '1' SECOND
) WITH (
    'connector' = 'datagen',
    'rows-per-second' = '${RATE}',
    'number-of-rows' = '${ROWS}',
    'fields.page.min' = '1',
    'fields.page.max' = '5',
    'fields.visitor.min' = '1',
    'fields.visitor.max' = '1000'
);

CREATE TABLE board (`from` TIMESTAMP(3), page INT, clicks BIGINT, visitors BIGINT) WITH ('connector' = 'print');

INSERT INTO board
SELECT window_start, page, COUNT(*), COUNT(DISTINCT visitor)
FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(`at`), INTERVAL '1' SECOND))
GROUP BY window_start, window_end, page;
