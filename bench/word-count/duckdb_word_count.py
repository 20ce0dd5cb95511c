"""The word count of DuckDB: `duckdb_word_count.py TEXT COUNTS` writes the counts and prints the seconds of the query.

The fastest of what was tried (README.md): the CSV reader takes whole lines, for no field ends before one does, and
reads in parallel; nothing is guessed.
"""

import sys
import time

import duckdb

THREADS = 2

QUERY = r"""
    COPY (
        SELECT word, count(*)
        FROM (
            SELECT unnest(string_split(line, ' ')) AS word
            FROM read_csv({text}, columns = {{'line': 'VARCHAR'}}, auto_detect = false, header = false,
                          delim = '\x01', quote = '', escape = '', new_line = '\n')
        )
        GROUP BY word
    ) TO {counts} (FORMAT csv, HEADER false)
"""


def quoted(path: str) -> str:
    return "'" + path.replace("'", "''") + "'"


def main() -> None:
    text, counts = sys.argv[1:]
    connection = duckdb.connect(config={"threads": THREADS, "preserve_insertion_order": False})
    query = QUERY.format(text=quoted(text), counts=quoted(counts))
    began = time.perf_counter()
    connection.execute(query)
    print(time.perf_counter() - began)


main()
