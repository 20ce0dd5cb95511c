-- Flink's SQL has no median: the one or two rows in the middle of each group.
SELECT id4, id5, AVG(v3) FILTER (WHERE place * 2 BETWEEN many AND many + 2) AS median_v3, STDDEV(v3) AS sd_v3
FROM (
    SELECT
        id4, id5, v3,
        ROW_NUMBER() OVER (PARTITION BY id4, id5 ORDER BY v3) AS place,
        COUNT(*) OVER (PARTITION BY id4, id5) AS many
    FROM x
)
GROUP BY id4, id5;
