"""Queries by chance over the tables of `tables.py`, as trees, so that one that fails can be made smaller."""

from dataclasses import dataclass, replace
from random import Random
from typing import Iterator, Union

from expressions import FLINK, TYPES, Expr, Expressions, of
from tables import TABLES

JOINS = ["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"]
FRAMES = [
    "",
    " ROWS BETWEEN 2 PRECEDING AND CURRENT ROW",
    " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
    " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING",
    " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
]
# INTERSECT ALL and EXCEPT ALL are not there yet.
SET_OPERATIONS = ["UNION", "UNION ALL", "INTERSECT", "EXCEPT"]


@dataclass(frozen=True)
class Table:
    name: str
    alias: str

    def text(self, _: int) -> str:
        return f"{self.name} {self.alias}"

    def columns(self) -> list[Expr]:
        return [of(type_, f"{self.alias}.{name}") for name, type_ in TABLES[self.name].items()]

    def smaller(self) -> Iterator["Table"]:
        return iter(())


@dataclass(frozen=True)
class Derived:
    query: "Query"
    alias: str

    def text(self, dialect: int) -> str:
        return f"({self.query.text(dialect)}) AS {self.alias}"

    def columns(self) -> list[Expr]:
        return [of(type_, f"{self.alias}.{name}") for name, type_ in self.query.outputs()]

    def smaller(self) -> Iterator["Derived"]:
        yield from (replace(self, query=query) for query in self.query.smaller())


@dataclass(frozen=True)
class Join:
    kind: str
    left: "Source"
    right: "Source"
    on: Expr | None

    def text(self, dialect: int) -> str:
        on = "" if self.on is None else f" ON {self.on.text(dialect)}"
        return f"{self.left.text(dialect)} {self.kind} {self.right.text(dialect)}{on}"

    def columns(self) -> list[Expr]:
        return self.left.columns() + self.right.columns()

    def smaller(self) -> Iterator["Source"]:
        yield from (self.left, self.right)
        yield from (replace(self, left=left) for left in self.left.smaller())
        yield from (replace(self, right=right) for right in self.right.smaller())
        if self.on is not None:
            yield from (replace(self, on=on) for on in self.on.smaller())


Source = Union[Table, Derived, Join]


@dataclass(frozen=True)
class Select:
    items: tuple[Expr, ...]
    source: Source
    where: tuple[Expr, ...] = ()
    keys: tuple[Expr, ...] = ()
    having: tuple[Expr, ...] = ()
    is_distinct: bool = False
    limit: str = ""

    def text(self, dialect: int) -> str:
        items = ", ".join(f"{item.text(dialect)} AS c{place}" for place, item in enumerate(self.items))
        text = f"SELECT {'DISTINCT ' if self.is_distinct else ''}{items} FROM {self.source.text(dialect)}"
        clauses = [("WHERE", self.where, " AND "), ("GROUP BY", self.keys, ", "), ("HAVING", self.having, " AND ")]
        for word, exprs, between in clauses:
            if exprs:
                text += f" {word} {between.join(expr.text(dialect) for expr in exprs)}"
        if self.limit:
            # By all columns: rows that are equal in order are equal.
            text += f" ORDER BY {', '.join(f'c{place}' for place in range(len(self.items)))} {self.limit}"
        return text

    def outputs(self) -> list[tuple[str, str]]:
        return [(f"c{place}", item.type) for place, item in enumerate(self.items)]

    def smaller(self) -> Iterator["Query"]:
        for name in ["limit", "is_distinct", "having", "where"]:
            if getattr(self, name):
                yield replace(self, **{name: type(getattr(self, name))()})
        for name in ["items", "where", "keys", "having"]:
            exprs = getattr(self, name)
            for place in range(len(exprs)):
                if name != "items" or len(exprs) > 1:
                    yield replace(self, **{name: exprs[:place] + exprs[place + 1 :]})
        yield from (replace(self, source=source) for source in self.source.smaller())
        for name in ["items", "where", "keys", "having"]:
            exprs = getattr(self, name)
            for place, expr in enumerate(exprs):
                for less in expr.smaller():
                    yield replace(self, **{name: (*exprs[:place], less, *exprs[place + 1 :])})


@dataclass(frozen=True)
class Both:
    word: str
    left: "Query"
    right: "Query"

    def text(self, dialect: int) -> str:
        return f"({self.left.text(dialect)}) {self.word} ({self.right.text(dialect)})"

    def outputs(self) -> list[tuple[str, str]]:
        return self.left.outputs()

    def smaller(self) -> Iterator["Query"]:
        yield from (self.left, self.right)
        yield from (replace(self, left=left) for left in self.left.smaller())
        yield from (replace(self, right=right) for right in self.right.smaller())


Query = Union[Select, Both]


class Queries:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.aliases = 0

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def alias(self) -> str:
        self.aliases += 1
        return f"t{self.aliases}"

    def query(self) -> Query:
        self.aliases = 0
        return self.made(2)

    def made(self, depth: int) -> Query:
        forms = [self.plain, self.plain, self.grouped, self.grouped, self.over, self.first_rows]
        if depth > 0 and self.chance(0.12):
            return self.set_operation()
        return self.random.choice(forms)(depth)

    def source(self, depth: int) -> Source:
        source = self.one_source(depth)
        for _ in range(self.random.choice([0, 0, 0, 1, 1, 2])):
            right = self.one_source(depth - 1)
            kind = self.random.choice(JOINS)
            joined = Join(kind, source, right, None)
            source = joined if kind == "CROSS JOIN" else replace(joined, on=self.on(source, right))
        return source

    def one_source(self, depth: int) -> Source:
        if depth > 0 and self.chance(0.2):
            return Derived(self.made(depth - 1), self.alias())
        return Table(self.random.choice(list(TABLES)), self.alias())

    def on(self, left: Source, right: Source) -> Expr:
        pairs = same_type(left.columns(), right.columns())
        if not pairs or self.chance(0.1):
            return Expressions(self.random, left.columns() + right.columns()).make("bool", 1)
        on = of("bool", "{0} = {1}", *self.random.choice(pairs))
        if self.chance(0.3):
            more = Expressions(self.random, left.columns() + right.columns()).make("bool", 1)
            on = of("bool", "{0} AND {1}", on, more)
        return on

    def where(self, columns: list[Expr]) -> tuple[Expr, ...]:
        exprs = Expressions(self.random, columns)
        conditions = [exprs.make("bool", 2) for _ in range(self.random.choice([0, 1, 1, 2]))]
        if self.chance(0.2):
            conditions.append(self.subquery(columns))
        return tuple(conditions)

    def subquery(self, columns: list[Expr]) -> Expr:
        """A condition with a query in it, which may look at the row outside."""
        inner = Table(self.random.choice(list(TABLES)), self.alias())
        pairs = same_type(columns, inner.columns())
        if not pairs:
            return of("bool", "TRUE")
        outside, inside = self.random.choice(pairs)
        condition = Expressions(self.random, inner.columns()).make("bool", 1)
        parts = (outside, inside, condition)
        negated = self.random.choice(["", "NOT "])
        table = inner.text(FLINK)
        number = next(column for column in inner.columns() if column.type == "int")
        of_this_row = f"FROM {table} WHERE {{0}} = {{1}} AND {{2}}"
        return self.random.choice([
            of("bool", f"{{0}} {negated}IN (SELECT {{1}} FROM {table} WHERE {{2}})", *parts),
            of("bool", f"{negated}EXISTS (SELECT 1 {of_this_row})", *parts),
            of("bool", f"{{0}} >= (SELECT MIN({{1}}) FROM {table} WHERE {{2}})", *parts),
            of("bool", f"(SELECT MAX({number.text(FLINK)}) {of_this_row}) > 2", *parts),
            of("bool", f"(SELECT COUNT(*) {of_this_row}) < 2", *parts),
        ])

    def limit(self) -> str:
        if not self.chance(0.2):
            return ""
        offset = f" OFFSET {self.random.randint(0, 5)}" if self.chance(0.3) else ""
        return f"LIMIT {self.random.randint(0, 8)}{offset}"

    def plain(self, depth: int) -> Select:
        source = self.source(depth)
        exprs = Expressions(self.random, source.columns())
        items = tuple(exprs.any(2) for _ in range(self.random.randint(1, 4)))
        where = self.where(source.columns())
        return Select(items, source, where, is_distinct=self.chance(0.2), limit=self.limit())

    def grouped(self, depth: int) -> Select:
        source = self.source(depth)
        exprs = Expressions(self.random, source.columns())
        keys = tuple(exprs.any(1) for _ in range(self.random.choice([0, 1, 1, 1, 2])))
        # A key that is a number would mean a column by its place.
        keys = tuple(key for key in keys if key.has_column())
        aggregates = tuple(self.aggregate(exprs) for _ in range(self.random.randint(1, 4)))
        having = ()
        if self.chance(0.3):
            having = (of("bool", "({0} > {1})", self.aggregate(exprs, "int"), exprs.value("int")),)
        where = self.where(source.columns()) if self.chance(0.6) else ()
        return Select(keys + aggregates, source, where, keys, having, limit=self.limit())

    def aggregate(self, exprs: Expressions, type_: str | None = None) -> Expr:
        type_ = type_ or self.random.choice([each for each in TYPES if each != "bool"])
        argument = exprs.make(type_, 1)
        distinct = "DISTINCT " if self.chance(0.2) else ""
        forms = [
            of("int", "COUNT(*)"),
            of("int", f"COUNT({distinct}{{0}})", argument),
            of(type_, f"MIN({distinct}{{0}})", argument),
            of(type_, "MAX({0})", argument),
        ]
        if type_ in ("int", "dec", "dbl"):
            forms += [of(type_, f"SUM({distinct}{{0}})", argument)] * 2
        if type_ in ("int", "dbl"):
            duckdb = f"CAST(TRUNC(AVG({distinct}{{0}})) AS BIGINT)" if type_ == "int" else None
            forms.append(of(type_, f"AVG({distinct}{{0}})", argument, duckdb=duckdb))
        form = self.random.choice([each for each in forms if type_ != "int" or each.type == "int"])
        if self.chance(0.15) and "AVG" not in form.texts[FLINK]:
            place = len(form.parts)
            texts = tuple(f"{text} FILTER (WHERE {{{place}}})" for text in form.texts)
            return Expr(form.type, texts, (*form.parts, exprs.make("bool", 1)))
        return form

    def over(self, depth: int) -> Select:
        source = Table(self.random.choice(list(TABLES)), self.alias())
        exprs = Expressions(self.random, source.columns())
        items = (source.columns()[0], *(self.over_call(exprs, source) for _ in range(self.random.randint(1, 2))))
        return Select(items, source, self.where(source.columns()) if depth > 0 else ())

    def over_call(self, exprs: Expressions, source: Table) -> Expr:
        unique = source.columns()[0]
        partition = exprs.leaf(self.random.choice(["str", "int", "bool"]))
        by = "PARTITION BY {1} " if self.chance(0.6) and partition.has_column() else ""
        order = exprs.leaf(self.random.choice(["int", "dec", "date", "str"]))
        direction = self.random.choice(["", " DESC", " DESC NULLS FIRST", " NULLS LAST"])
        total = f"{by}ORDER BY {{2}}{direction}, {{3}}"
        value = exprs.make(self.random.choice(["int", "dec"]), 1)
        frame = self.random.choice(FRAMES)
        shift = self.random.randint(0, 3)
        parts = (value, partition, order, unique)
        if not order.has_column():
            total = f"{by}ORDER BY {{3}}"
        return self.random.choice([
            of("int", f"ROW_NUMBER() OVER ({total})", *parts),
            of("int", f"RANK() OVER ({by}ORDER BY {{3}} % 4)", *parts),
            of("int", f"DENSE_RANK() OVER ({by}ORDER BY {{3}} % 4)", *parts),
            of("int", f"NTILE(3) OVER ({total})", *parts),
            of(value.type, f"LAG({{0}}, {shift}) OVER ({total})", *parts),
            of(value.type, f"LEAD({{0}}, {shift}) OVER ({total})", *parts),
            of(value.type, f"SUM({{0}}) OVER ({total}{frame})", *parts),
            of(value.type, f"MIN({{0}}) OVER ({total}{frame})", *parts),
            of(value.type, f"MAX({{0}}) OVER ({by})" if by else f"MAX({{0}}) OVER ({total}{frame})", *parts),
            of("int", f"COUNT({{0}}) OVER ({total}{frame})", *parts),
        ])

    def first_rows(self, _: int) -> Select:
        """The first rows of each key."""
        table = Table(self.random.choice(list(TABLES)), self.alias())
        exprs = Expressions(self.random, table.columns())
        key, order, value = table.columns()[1], table.columns()[2], exprs.any(1)
        direction = self.random.choice(["", " DESC"])
        unique = table.columns()[0]
        sorted_by = f"PARTITION BY {{0}} ORDER BY {{1}}{direction}, {{2}}"
        number = of("int", f"ROW_NUMBER() OVER ({sorted_by})", key, order, unique)
        inner = Derived(Select((unique, value, number), table, self.where(table.columns())), self.alias())
        columns = inner.columns()
        first = of("bool", f"{{0}} <= {self.random.randint(1, 3)}", columns[2])
        items = tuple(columns if self.chance(0.5) else columns[:2])
        return Select(items, inner, (first,))

    def set_operation(self) -> Both:
        left = self.plain(1)
        source = self.source(0)
        exprs = Expressions(self.random, source.columns())
        items = tuple(exprs.make(item.type, 1) for item in left.items)
        right = Select(items, source, self.where(source.columns()))
        return Both(self.random.choice(SET_OPERATIONS), left, right)


def same_type(left: list[Expr], right: list[Expr]) -> list[tuple[Expr, Expr]]:
    """Columns that may be equal. Whether two BOOLEANs or DOUBLEs are would tell little."""
    return [(l, r) for l in left for r in right if l.type == r.type and l.type not in ("bool", "dbl")]
