-- Flink's SQL has no correlation: the square of it, by its definition.
SELECT
    id2, id4,
    POWER(n * xy - x * y, 2) / ((n * xx - x * x) * (n * yy - y * y)) AS r2
FROM (
    SELECT
        id2, id4,
        CAST(COUNT(*) AS DOUBLE) AS n,
        CAST(SUM(v1) AS DOUBLE) AS x,
        CAST(SUM(v2) AS DOUBLE) AS y,
        CAST(SUM(v1 * v1) AS DOUBLE) AS xx,
        CAST(SUM(v2 * v2) AS DOUBLE) AS yy,
        CAST(SUM(v1 * v2) AS DOUBLE) AS xy
    FROM x
    GROUP BY id2, id4
) AS sums;
