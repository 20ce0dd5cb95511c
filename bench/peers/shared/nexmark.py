"""Nexmark's queries for peers that read its tables from Parquet, in words of their own where ours are not SQL for them."""

from pathlib import Path

TABLES = ["person", "auction", "bid"]
# What q13 looks up.
SIDE_ROWS = 10_000
FOLDER = Path(__file__).resolve().parents[2] / "nexmark"


def query(question: dict, *engines: str) -> str:
    """The text of a query as the first of these engines that has one of its own takes it."""
    number = int(question["query"].removeprefix("q"))
    texts = (FOLDER / engine / f"q{number}.sql" for engine in engines)
    return next(text for text in texts if text.is_file()).read_text(encoding="utf-8").strip().rstrip(";")
