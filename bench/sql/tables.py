"""Small tables with what is easily forgotten: nulls, duplicates, numbers below zero, empty text, days before 1970."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import duckdb

# The first column is another one in each row.
TABLES = {
    "orders": dict(id="int", k="int", v="int", d="dec", f="dbl", s="str", b="bool", day="date", moment="ts"),
    "people": dict(id="int", k="int", n="int", s="str", day="date", b="bool"),
    "kinds": dict(id="int", k="int", d="dec", s="str"),
}
ROWS = {"orders": 40, "people": 25, "kinds": 9}
WRITTEN = {
    "int": "BIGINT",
    "dec": "DECIMAL(10, 2)",
    "dbl": "DOUBLE",
    "str": "STRING",
    "bool": "BOOLEAN",
    "date": "DATE",
    "ts": "TIMESTAMP(3)",
}
NULLS = 0.15


def a_type(name: str, type_: str) -> str:
    """`k` is an INT, so that both whole numbers are there."""
    return "INT" if name == "k" else WRITTEN[type_]


def value(random: Random, type_: str) -> object:
    if random.random() < NULLS:
        return None
    number = random.randint(-6, 12)
    values = {
        "int": number,
        "dec": Decimal(random.randint(-500, 999)) / 100,
        "dbl": random.randint(-12, 24) / 4,
        "str": random.choice(["", "a", "b", "ab", "B", "ä", "a b", "abcab", "b%", "_a"]),
        "bool": random.random() < 0.5,
        "date": date(2026, 1, 1) + timedelta(days=random.choice([-20500, -1, 0, 1, 2, 31, 59])),
        "ts": datetime(2026, 1, 1) + timedelta(minutes=random.choice([-30000000, -1, 0, 1, 600, 1439, 1440, 100000])),
    }
    return values[type_]


def make_tables(connection: duckdb.DuckDBPyConnection, folder: Path, seed: int) -> str:
    """Makes the tables in DuckDB and as files, and says how Millstream reads them."""
    random = Random(seed)
    declared = []
    for table, columns in TABLES.items():
        duck = ", ".join(f"{name} {a_type(name, type_)}" for name, type_ in columns.items())
        connection.execute(f"CREATE TABLE {table} ({duck})")
        rows = [(row, *(value(random, type_) for type_ in list(columns.values())[1:])) for row in range(ROWS[table])]
        connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", rows)
        connection.execute(f"COPY {table} TO '{folder / table}.parquet' (FORMAT parquet)")
        options = f"'connector' = 'filesystem', 'path' = '{folder / table}.parquet', 'format' = 'parquet'"
        declared.append(f"CREATE TABLE {table} ({duck}) WITH ({options});")
    return "\n".join(declared)
