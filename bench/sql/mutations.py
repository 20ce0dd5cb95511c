"""Statements of the scripts with a mistake in them, by chance: whoever types makes all of these sooner or later.

What is asked of an answer: the process ends by itself, with 0 or 1, within a minute; nothing has panicked; and the message is
one for people, without a word that only the program's own source has. Whether the rows of a statement that is still one are
right is not asked here.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random

SCRIPTS = Path(__file__).resolve().parents[2] / "engine" / "cli" / "tests" / "sql"
SECONDS_MAX = 60
LETTERS = "abcxyzABC019_'\"`().,;*%ä\\$@#{}[]<>=+-/ "
TOKEN = re.compile(
    r"\s+|--[^\n]*|'(?:[^']|'')*'|`[^`]*`|[A-Za-z_]\w*|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|<>|<=|>=|!=|\|\||=>|.", re.S
)
# What `{:?}` prints, and words of libraries that no user has met.
DEBUG = re.compile(
    r"panicked|Some\(|Literal\(|ScalarValue|DataFusion|Internal error|Ident \{|Expr::|Utf8View|Decimal128|Float64|Date32|unwrap"
)


@dataclass(frozen=True)
class Statement:
    """A statement, and what comes before all statements of its script."""

    setup: str
    text: str


def statements(script: Path) -> list[Statement]:
    """Those that are queries; the format is that of `engine/cli/tests/scripts.rs`."""
    setup, found, is_answer = "", [], False
    for line in script.read_text().splitlines():
        if line.startswith("#"):
            continue
        if line in ("query", "query ordered", "error"):
            found.append("")
            is_answer = False
        elif not found:
            setup += f"{line}\n"
        elif line == "----":
            is_answer = True
        elif not is_answer:
            found[-1] += f"{line}\n"
    return [Statement(setup, text) for text in found if text.strip()]


def mutated(text: str, words: list[str], chance: Random) -> str:
    """The text with one to three mistakes."""
    tokens = TOKEN.findall(text)
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        places = [place for place, token in enumerate(tokens) if token.strip()]
        if not places:
            break
        one, other = chance.choice(places), chance.choice(places)
        letter = chance.randrange(len(tokens[one]))
        match chance.randrange(9):
            case 0:
                del tokens[one]
            case 1:
                tokens.insert(one, f"{tokens[one]} ")
            case 2:
                tokens[one], tokens[other] = tokens[other], tokens[one]
            case 3:
                tokens = tokens[:one]
            case 4:
                tokens[one] = tokens[one][:letter] + chance.choice(LETTERS) + tokens[one][letter + 1 :]
            case 5:
                tokens[one] = chance.choice(words)
            case 6:
                tokens.insert(one, f"{chance.choice(words)} ")
            case 7:
                tokens[one] = tokens[one][:letter] + chance.choice(LETTERS) + tokens[one][letter:]
            case _:
                del tokens[min(one, other) : max(one, other)]
    return "".join(tokens)


def complaint(millstream: Path, statement: Statement, text: str, mode: str) -> str | None:
    """What is wrong with the answer, if anything is."""
    with tempfile.TemporaryDirectory() as folder:
        for file in SCRIPTS.iterdir():
            if file.is_file() and file.suffix != ".slt":
                shutil.copy(file, folder)
        command = [millstream, "sql", "--output-format", "csv", "--memory", "256mb", "--mode", mode]
        try:
            ended = subprocess.run(
                [*command, "-q", f"{statement.setup}\n{text}"],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                timeout=SECONDS_MAX,
            )
        except subprocess.TimeoutExpired:
            return f"has not ended after {SECONDS_MAX} s"
    # What is quoted stands in the statement.
    told = re.sub(r"'[^']*'", "''", ended.stderr.split("\n  |")[0])
    if ended.returncode not in (0, 1):
        return f"exit code {ended.returncode}: {ended.stderr.strip()[:300]}"
    if found := DEBUG.search(told):
        return f"says {found[0]!r}: {told.strip()[:300]}"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millstream", type=Path, required=True)
    parser.add_argument("--mutations", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    chance = Random(arguments.seed)
    corpus = [statement for script in sorted(SCRIPTS.glob("*.slt")) for statement in statements(script)]
    words = [token for statement in corpus for token in TOKEN.findall(statement.text) if token.strip()]

    def asked(_: int) -> tuple[Statement, str, str]:
        statement = chance.choice(corpus)
        text = mutated(statement.text, words, chance).replace("\0", "")
        return statement, text, chance.choice(["batch", "batch", "streaming"])

    questions = [asked(number) for number in range(arguments.mutations)]
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda question: complaint(arguments.millstream.resolve(), *question), questions)
        wrong = [(question, words) for question, words in zip(questions, answers) if words]
    for (statement, text, mode), complaints in wrong:
        print(f"\n{mode}:\n{statement.setup}{text.strip()}\n{complaints}")
    print(f"{len(questions)} mutations, {len(wrong)} wrong; seed {arguments.seed}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
