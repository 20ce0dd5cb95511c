-- What Flink has other words for than the tables of Nexmark: they come after those, and stand before them.
CREATE TEMPORARY TABLE side (`key` BIGINT, `value` STRING) WITH ('connector' = 'nexmark-side', 'path' = '${FOLDER}/side.csv');

CREATE TEMPORARY FUNCTION COUNT_CHAR AS 'nexmark.CountChar';
