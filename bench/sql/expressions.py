"""Expressions by chance, each with its type and its text in two dialects: Flink's and DuckDB's.

What the two say differently is written here, once, with its reason:

* `x / y` of whole numbers is one, cut off towards zero; DuckDB's is a DOUBLE.
* `AVG` of whole numbers likewise.
* `CAST` of a DECIMAL to a whole number cuts off; DuckDB rounds.
* A DATE and an INTERVAL are a DATE; in DuckDB a TIMESTAMP.
* Some functions have other names.

Nobody divides by zero (an error there, a null in DuckDB), no number leaves the range of INT, and DOUBLEs are compared with
nine digits, because the last ones of a sum depend on the order of rows.
"""

import re
from dataclasses import dataclass, field, replace
from random import Random
from typing import Callable, Iterator

FLINK, DUCKDB = 0, 1
TYPES = ["int", "dec", "dbl", "str", "bool", "date", "ts"]
WORDS = ["", "a", "b", "ab", "B", "ä", "a b", "%", "abcab", "_a"]
PATTERNS = ["a%", "%b", "%a%", "_", "__%", "", "%", "ab", "a_%b"]


@dataclass(frozen=True)
class Expr:
    """Texts with `{0}` where the first part is, and so on."""

    type: str
    texts: tuple[str, str]
    parts: tuple["Expr", ...] = field(default=())

    def text(self, dialect: int) -> str:
        return self.texts[dialect].format(*(part.text(dialect) for part in self.parts))

    def has_column(self) -> bool:
        """Whether it is another value in another row."""
        own = re.fullmatch(r"t\d+\.\w+", self.texts[FLINK]) is not None
        return own or any(part.has_column() for part in self.parts)

    def smaller(self) -> Iterator["Expr"]:
        """What may stand in its place: one of its parts, a value, or itself with a smaller part."""
        yield from (part for part in self.parts if part.type == self.type)
        if self.parts:
            yield VALUE[self.type]
        for place, part in enumerate(self.parts):
            for less in part.smaller():
                yield replace(self, parts=(*self.parts[:place], less, *self.parts[place + 1 :]))


def of(type_: str, flink: str, *parts: Expr, duckdb: str | None = None) -> Expr:
    return Expr(type_, (flink, flink if duckdb is None else duckdb), parts)


VALUE = {
    "int": of("int", "1"),
    "dec": of("dec", "1.50"),
    "dbl": of("dbl", "CAST(0.5 AS DOUBLE)"),
    "str": of("str", "'a'"),
    "bool": of("bool", "TRUE"),
    "date": of("date", "DATE '2026-01-01'"),
    "ts": of("ts", "TIMESTAMP '2026-01-01 00:00:00'"),
}
SQL_TYPE = {
    "int": "BIGINT",
    "dec": "DECIMAL(12, 2)",
    "dbl": "DOUBLE",
    "str": "STRING",
    "bool": "BOOLEAN",
    "date": "DATE",
    "ts": "TIMESTAMP(3)",
}


def text_of(value: str) -> str:
    quoted = value.replace("'", "''").replace("{", "{{").replace("}", "}}")
    return f"'{quoted}'"


class Expressions:
    """Expressions over columns."""

    def __init__(self, random: Random, columns: list[Expr]) -> None:
        self.random = random
        self.columns = columns

    def any(self, depth: int) -> Expr:
        return self.make(self.random.choice(TYPES), depth)

    def make(self, type_: str, depth: int) -> Expr:
        if depth <= 0 or self.random.random() < 0.25:
            return self.leaf(type_)
        return self.random.choice(self.forms(type_))(depth - 1)

    def leaf(self, type_: str) -> Expr:
        columns = [column for column in self.columns if column.type == type_]
        if columns and self.random.random() < 0.8:
            return self.random.choice(columns)
        return self.value(type_)

    def leaves(self, type_: str) -> tuple[Expr, Expr]:
        return self.leaf(type_), self.leaf(type_)

    def value(self, type_: str) -> Expr:
        if self.random.random() < 0.06:
            return of(type_, f"CAST(NULL AS {SQL_TYPE[type_]})")
        number = self.random.randint(-9, 9)
        written = {
            "int": str(number),
            "dec": f"{number}.{self.random.choice(['25', '50', '00', '99'])}",
            "dbl": f"CAST({number / 4} AS DOUBLE)",
            "str": text_of(self.random.choice(WORDS)),
            "bool": self.random.choice(["TRUE", "FALSE"]),
            "date": f"DATE '2026-0{self.random.randint(1, 9)}-1{self.random.randint(0, 9)}'",
            "ts": f"TIMESTAMP '2026-01-0{self.random.randint(1, 9)} 1{self.random.randint(0, 9)}:30:00'",
        }
        return of(type_, written[type_])

    def forms(self, type_: str) -> list[Callable[[int], Expr]]:
        own = {
            "int": self.whole_numbers,
            "dec": self.decimals,
            "dbl": self.doubles,
            "str": self.texts,
            "bool": self.conditions,
            "date": self.dates,
            "ts": self.times,
        }
        return own[type_]() + [form(type_) for form in (self.case, self.coalesce, self.nullif)]

    def case(self, type_: str) -> Callable[[int], Expr]:
        def made(depth: int) -> Expr:
            when, then = self.make("bool", depth), self.make(type_, depth)
            if self.random.random() < 0.3:
                return of(type_, "CASE WHEN {0} THEN {1} END", when, then)
            return of(type_, "CASE WHEN {0} THEN {1} ELSE {2} END", when, then, self.make(type_, depth))

        return made

    def coalesce(self, type_: str) -> Callable[[int], Expr]:
        return lambda depth: of(type_, "COALESCE({0}, {1})", self.make(type_, depth), self.leaf(type_))

    def nullif(self, type_: str) -> Callable[[int], Expr]:
        return lambda depth: of(type_, "NULLIF({0}, {1})", self.make(type_, depth), self.leaf(type_))

    def binary(self, type_: str, text: str, duckdb: str | None = None) -> Callable[[int], Expr]:
        def made(depth: int) -> Expr:
            return of(type_, text, self.make(type_, depth), self.make(type_, depth), duckdb=duckdb)

        return made

    def unary(self, type_: str, text: str, of_type: str, duckdb: str | None = None) -> Callable[[int], Expr]:
        return lambda depth: of(type_, text, self.make(of_type, depth), duckdb=duckdb)

    def whole_numbers(self) -> list[Callable[[int], Expr]]:
        quotient = "CAST(TRUNC({0} / NULLIF({1}, 0)) AS BIGINT)"
        return [
            self.binary("int", "({0} + {1})"),
            self.binary("int", "({0} - {1})"),
            lambda depth: of("int", "({0} * {1})", self.make("int", depth), self.value("int")),
            lambda _: of("int", "({0} / NULLIF({1}, 0))", *self.leaves("int"), duckdb=quotient),
            lambda _: of("int", "({0} % NULLIF({1}, 0))", *self.leaves("int")),
            self.unary("int", "(- {0})", "int"),
            self.unary("int", "ABS({0})", "int"),
            self.unary("int", "CHAR_LENGTH({0})", "str", "LENGTH({0})"),
            self.unary("int", "CAST({0} AS INT)", "bool"),
            self.unary("int", "CAST({0} AS BIGINT)", "dec", "CAST(TRUNC({0}) AS BIGINT)"),
            self.unary("int", "MONTH({0})", "date"),
            self.unary("int", "YEAR({0})", "date"),
            self.unary("int", "DAYOFMONTH({0})", "date"),
            self.unary("int", "HOUR({0})", "ts"),
        ]

    def decimals(self) -> list[Callable[[int], Expr]]:
        return [
            self.binary("dec", "({0} + {1})"),
            self.binary("dec", "({0} - {1})"),
            lambda _: of("dec", "({0} * {1})", self.leaf("dec"), self.leaf("int")),
            self.unary("dec", "ABS({0})", "dec"),
            self.unary("dec", "CAST({0} AS DECIMAL(12, 2))", "int"),
        ]

    def doubles(self) -> list[Callable[[int], Expr]]:
        return [
            self.binary("dbl", "({0} + {1})"),
            self.binary("dbl", "({0} - {1})"),
            lambda _: of("dbl", "({0} * {1})", self.leaf("dbl"), self.leaf("int")),
            lambda _: of("dbl", "({0} / NULLIF({1}, 0))", self.leaf("dbl"), self.leaf("int")),
            self.unary("dbl", "CAST({0} AS DOUBLE)", "int"),
            self.unary("dbl", "CAST({0} AS DOUBLE)", "dec"),
        ]

    def texts(self) -> list[Callable[[int], Expr]]:
        place, length = self.random.randint(1, 3), self.random.randint(0, 3)
        return [
            self.binary("str", "({0} || {1})"),
            self.unary("str", "UPPER({0})", "str"),
            self.unary("str", "LOWER({0})", "str"),
            self.unary("str", "TRIM({0})", "str"),
            self.unary("str", f"SUBSTRING({{0}}, {place}, {length})", "str"),
            self.unary("str", f"LEFT({{0}}, {length})", "str"),
            self.unary("str", f"RIGHT({{0}}, {length})", "str"),
            self.unary("str", "REPLACE({0}, 'a', 'xy')", "str"),
            self.unary("str", "CAST({0} AS STRING)", "int"),
            self.unary("str", "CAST({0} AS STRING)", "date"),
        ]

    def dates(self) -> list[Callable[[int], Expr]]:
        days = self.random.randint(0, 40)
        more = f"({{0}} + INTERVAL '{days}' DAY)"
        return [
            self.unary("date", more, "date", f"CAST({more} AS DATE)"),
            self.unary("date", "CAST({0} AS DATE)", "ts"),
        ]

    def times(self) -> list[Callable[[int], Expr]]:
        hours = self.random.randint(0, 40)
        return [
            self.unary("ts", f"({{0}} + INTERVAL '{hours}' HOUR)", "ts"),
            self.unary("ts", "CAST({0} AS TIMESTAMP(3))", "date"),
        ]

    def conditions(self) -> list[Callable[[int], Expr]]:
        type_ = self.random.choice(TYPES)
        sign = self.random.choice(["=", "<>", "<", "<=", ">", ">="])
        compared = [
            lambda depth, sign=sign: of("bool", f"({{0}} {sign} {{1}})", *self.pair(type_, depth)),
            lambda depth: of("bool", "({0} IS DISTINCT FROM {1})", *self.pair(type_, depth)),
            lambda depth: of("bool", "({0} IS NOT DISTINCT FROM {1})", *self.pair(type_, depth)),
            lambda depth: of("bool", "({0} BETWEEN {1} AND {2})", *self.pair(type_, depth), self.leaf(type_)),
            lambda depth: of("bool", "({0} IN ({1}, {2}))", *self.pair(type_, depth), self.leaf(type_)),
            lambda depth: of("bool", "({0} NOT IN ({1}, {2}))", *self.pair(type_, depth), self.leaf(type_)),
            lambda depth: of("bool", "({0} IS NULL)", self.make(type_, depth)),
            lambda depth: of("bool", "({0} IS NOT NULL)", self.make(type_, depth)),
        ]
        truth = self.random.choice(["IS TRUE", "IS NOT TRUE", "IS FALSE", "IS NOT FALSE"])
        pattern = text_of(self.random.choice(PATTERNS))
        return compared + [
            self.binary("bool", "({0} AND {1})"),
            self.binary("bool", "({0} OR {1})"),
            self.unary("bool", "(NOT {0})", "bool"),
            self.unary("bool", f"({{0}} {truth})", "bool"),
            self.unary("bool", f"({{0}} LIKE {pattern})", "str"),
            self.unary("bool", f"({{0}} NOT LIKE {pattern})", "str"),
        ]

    def pair(self, type_: str, depth: int) -> tuple[Expr, Expr]:
        return self.make(type_, depth), self.leaf(type_)
