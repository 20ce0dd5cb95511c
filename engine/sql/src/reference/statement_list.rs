//! All statements, in the order in which a newcomer needs them.

use super::statements::Described;

/// An entry of the list.
macro_rules! statements {
    ($($title:literal: $syntax:literal, $about:literal, $example:literal $(shows $shows:literal)?;)+) => {
        &[$(Described { title: $title, syntax: $syntax, about: $about, example: $example, shows: concat!($($shows)?) }),+]
    };
}

/// All of them.
pub(super) const STATEMENTS: &[Described] = statements! {
    "CREATE TABLE":
"CREATE [OR REPLACE] [TEMPORARY] TABLE [IF NOT EXISTS] [catalog.][database.]name (
  { column type [NOT NULL] [PRIMARY KEY NOT ENFORCED] [COMMENT 'text']
  | column AS expression [COMMENT 'text']
  | column type METADATA [FROM 'key'] [VIRTUAL]
  | WATERMARK FOR column AS expression
  | [CONSTRAINT name] PRIMARY KEY (column, …) NOT ENFORCED }, …
)
[COMMENT 'text'] [PARTITIONED BY (column, …)] WITH ('option' = 'value', …)",
"Declares a table: columns, and where its rows are. Nothing is read or written yet. [Connectors and formats](connectors.md) has the options.
A column `AS` an expression is computed when the table is read; a `WATERMARK` makes a column the event time.",
"CREATE TABLE orders (
  id INT, customer STRING, price DECIMAL(10, 2), ordered TIMESTAMP(3),
  `day` AS DATE_FORMAT(ordered, 'yyyy-MM-dd'),
  WATERMARK FOR ordered AS ordered - INTERVAL '5' SECOND
) WITH ('connector' = 'filesystem', 'path' = 'orders', 'format' = 'csv');";

    "INSERT INTO":
"INSERT { INTO | OVERWRITE } name [PARTITION (column = value, …)] [(column, …)] { query | VALUES (value, …), … }",
"Runs a query and writes its rows. `INTO` adds files to those that are there, `OVERWRITE` replaces what inserts have written: in a
partitioned table, in the partitions that have new rows. Columns that are not named are null.",
"INSERT INTO orders VALUES
  (1, 'ada', 12.50, TIMESTAMP '2025-01-01 10:00:01'),
  (2, 'bob', 3.00, TIMESTAMP '2025-01-01 10:00:40'),
  (3, 'ada', 7.25, TIMESTAMP '2025-01-01 10:01:10');
INSERT INTO orders (id, customer) VALUES (4, 'eve');";

    "SELECT":
"[WITH name [(column, …)] AS (query), …]
SELECT [DISTINCT] { * | expression [[AS] name] }, …
FROM { table | 'path' | (query) | TABLE(function) | LATERAL (query) } [[AS] alias [(column, …)]]
[{ INNER | LEFT | RIGHT | FULL | CROSS } JOIN … { ON condition | USING (column, …) }] …
[WHERE condition]
[GROUP BY { expression, … | GROUPING SETS (…) | ROLLUP (…) | CUBE (…) }] [HAVING condition]
[{ UNION | INTERSECT | EXCEPT } [ALL] query] …
[ORDER BY expression [ASC | DESC] [NULLS { FIRST | LAST }], …]
[LIMIT number] [OFFSET number] [FETCH FIRST number ROWS ONLY]",
"Computes rows and shows them. In a stream results that change are told as a changelog. [Functions](functions.md) lists what an expression
may call.",
"SELECT customer, COUNT(*) AS orders, SUM(price) AS total
FROM orders
GROUP BY customer
ORDER BY total DESC NULLS LAST;"
shows
"┌──────────┬────────┬───────┐
│ customer │ orders │ total │
├──────────┼────────┼───────┤
│ ada      │      2 │ 19.75 │
│ bob      │      1 │  3.00 │
│ eve      │      1 │  NULL │
└──────────┴────────┴───────┘
3 rows, 0.050 s";

    "VALUES": "VALUES (expression, …), …",
"Rows that are written down. With a name for the table and its columns they can stand in `FROM`.",
"SELECT name, n * 2 AS twice FROM (VALUES ('a', 1), ('b', 2)) AS v (name, n) ORDER BY name;"
shows
"┌──────┬───────┐
│ name │ twice │
├──────┼───────┤
│ a    │     2 │
│ b    │     4 │
└──────┴───────┘
2 rows, 0.050 s";

    "CREATE TABLE LIKE":
"CREATE [OR REPLACE] [TEMPORARY] TABLE [IF NOT EXISTS] name [(…)] [WITH (…)]
LIKE other [( { INCLUDING | EXCLUDING | OVERWRITING }
  { ALL | CONSTRAINTS | GENERATED | METADATA | OPTIONS | PARTITIONS | WATERMARKS } … )]",
"Declares a table as another one is declared, with columns and options of its own beside that.",
"CREATE TABLE archive WITH ('path' = 'archive', 'format' = 'parquet') LIKE orders (OVERWRITING OPTIONS);
INSERT OVERWRITE archive SELECT id, customer, price, ordered FROM orders;";

    "CREATE TABLE AS SELECT":
"CREATE [OR REPLACE] [TEMPORARY] TABLE [IF NOT EXISTS] name WITH (…) AS query",
"Declares a table with the columns of a query, and runs the query into it.",
"CREATE TABLE customers WITH ('connector' = 'filesystem', 'path' = 'customers', 'format' = 'json')
AS SELECT DISTINCT customer FROM orders;";

    "CREATE VIEW":
"CREATE [OR REPLACE] [TEMPORARY] VIEW [IF NOT EXISTS] name [(column [COMMENT 'text'], …)] [COMMENT 'text'] AS query",
"Gives a query a name. It is planned where it is used, and so follows its tables.",
"CREATE VIEW dear (id, price) AS SELECT id, price FROM orders WHERE price > 5;";

    "CREATE FUNCTION":
"CREATE [OR REPLACE] [TEMPORARY] [SYSTEM] FUNCTION [IF NOT EXISTS] name ([parameter [type], …]) [RETURNS type]
{ AS | RETURN } expression",
"Gives an expression a name and parameters. Classes of Java are not run.",
"CREATE FUNCTION with_tax(price) AS CAST(price * 1.2 AS DECIMAL(10, 2));
SELECT id, with_tax(price) AS price FROM dear ORDER BY id;"
shows
"┌────┬───────┐
│ id │ price │
├────┼───────┤
│  1 │ 15.00 │
│  3 │  8.70 │
└────┴───────┘
2 rows, 0.050 s";

    "CREATE DATABASE": "CREATE DATABASE [IF NOT EXISTS] [catalog.]name [COMMENT 'text'] [WITH (…)]",
"Makes a place for names of tables, views and functions.",
"CREATE DATABASE IF NOT EXISTS shop;";

    "CREATE CATALOG": "CREATE CATALOG [IF NOT EXISTS] name [COMMENT 'text'] WITH ('type' = { 'directory' | 'generic_in_memory' }, …)",
"Makes a place for databases. One of type `directory` keeps what is declared in files under its `path`, for other sessions too; one of type
`generic_in_memory` is gone with the session. `default-database` is the one that is used to begin with.",
"CREATE CATALOG kept WITH ('type' = 'directory', 'path' = 'catalog');";

    "USE": "USE [catalog.]database\nUSE CATALOG catalog",
"Says where names are looked for that have no database or no catalog in front of them.",
"USE CATALOG kept;
CREATE VIEW one AS SELECT 1 AS n;
USE CATALOG default_catalog;
USE shop;
USE default_database;
SELECT n FROM kept.`default`.one;"
shows
"┌───┐
│ n │
├───┤
│ 1 │
└───┘
1 row, 0.050 s";

    "ALTER TABLE":
"ALTER TABLE [IF EXISTS] name
  { RENAME TO name | RENAME column TO column
  | { ADD | MODIFY } { column type … [FIRST | AFTER column] | PRIMARY KEY … | WATERMARK FOR … | (…, …) }
  | DROP { column | (column, …) | PRIMARY KEY | CONSTRAINT name | WATERMARK }
  | SET ('option' = 'value', …) | RESET ('option', …) }",
"Changes what is declared. Files that are there stay as they are.",
"ALTER TABLE orders ADD (note STRING COMMENT 'what else there is' AFTER price);
ALTER TABLE orders DROP note;
ALTER TABLE orders SET ('csv.ignore-parse-errors' = 'true');";

    "ALTER VIEW": "ALTER VIEW name { RENAME TO name | AS query }",
"Gives a view another name or another query.",
"ALTER VIEW dear AS SELECT id, price FROM orders WHERE price > 10;";

    "DESCRIBE": "{ DESCRIBE | DESC } [EXTENDED] { table | 'path' }",
"Shows columns and types; with `EXTENDED` also keys, watermarks, what is computed, and comments. Types of a file that nobody declared are
read off its first and last bytes.",
"DESCRIBE orders;"
shows
"┌──────────┬────────────────┬──────┐
│ name     │ type           │ null │
├──────────┼────────────────┼──────┤
│ id       │ INT            │ TRUE │
│ customer │ STRING         │ TRUE │
│ price    │ DECIMAL(10, 2) │ TRUE │
│ ordered  │ TIMESTAMP(3)   │ TRUE │
│ day      │ STRING         │ TRUE │
└──────────┴────────────────┴──────┘
5 rows";

    "SHOW":
"SHOW { TABLES | VIEWS } [{ FROM | IN } database] [[NOT] { LIKE | ILIKE } 'pattern']
SHOW COLUMNS { FROM | IN } table [[NOT] { LIKE | ILIKE } 'pattern']
SHOW { DATABASES [{ FROM | IN } catalog] | CATALOGS } [[NOT] { LIKE | ILIKE } 'pattern']
SHOW CREATE { TABLE | VIEW } name
SHOW CURRENT { CATALOG | DATABASE }
SHOW [USER] FUNCTIONS",
"Lists what there is, or shows the statement that makes it.",
"SHOW TABLES LIKE 'c%';"
shows
"┌────────────┐
│ table name │
├────────────┤
│ customers  │
└────────────┘
1 row";

    "EXPLAIN":
"EXPLAIN [PLAN FOR] [{ ESTIMATED_COST | CHANGELOG_MODE | JSON_EXECUTION_PLAN | GRAPHVIZ | MERMAID }, …] { query | INSERT … }",
"Shows how a query would be run: its plan after all rules, and the graph of chains and edges. `ESTIMATED_COST` adds how many rows each
part is guessed to have; `JSON_EXECUTION_PLAN` is for other programs.",
"EXPLAIN SELECT customer, SUM(price) AS total FROM orders GROUP BY customer;"
shows
"== Optimized Logical Plan ==
…
== Job Graph ==
query (batch, 2 slots)
…
       ◄ 0  hash [customer]
…";

    "EXECUTE STATEMENT SET": "EXECUTE STATEMENT SET BEGIN INSERT …; INSERT …; … END",
"Runs several inserts as one job. What they have in common is computed once.",
"EXECUTE STATEMENT SET BEGIN
  INSERT OVERWRITE archive SELECT id, customer, price, ordered FROM orders WHERE customer = 'ada';
  INSERT OVERWRITE customers SELECT customer FROM orders;
END;";

    "SET, RESET": "SET ['option' = 'value']\nRESET ['option']",
"`SET` sets an option for what follows in the session, or lists those that are set; `RESET` goes back to what the command was started
with. [Configuration](../configuration.md) lists all options.",
"SET 'execution.buffer-timeout.interval' = '10ms';
RESET 'execution.buffer-timeout.interval';";

    "DROP":
"DROP [TEMPORARY] { TABLE | VIEW } [IF EXISTS] name
DROP [TEMPORARY] [SYSTEM] FUNCTION [IF EXISTS] name
DROP DATABASE [IF EXISTS] name [RESTRICT | CASCADE]
DROP CATALOG [IF EXISTS] name",
"Forgets a name. The files of a table stay where they are.",
"DROP VIEW dear;
DROP FUNCTION with_tax;
DROP TABLE IF EXISTS archive;
DROP DATABASE shop CASCADE;
DROP CATALOG kept;";
};
