SELECT x.*, medium.id1 AS medium_id1, medium.id2 AS medium_id2, medium.id4 AS medium_id4, medium.v2
FROM x JOIN medium ON x.id5 = medium.id5;
