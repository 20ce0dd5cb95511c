"""What peers share that answer SQL over files of Parquet: how an engine is installed, and how questions are read and answered.

A question is a line of JSON, and so is its answer (engine/cli/src/bench/peer.rs has the protocol). This file knows no engine.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PEERS = Path(__file__).resolve().parents[1]


class Failure(Exception):
    """What keeps the peer from an answer, in words for its user."""


def install(name: str, version: str, needs: tuple[str, ...] = (), sources: tuple[str, ...] = ()) -> None:
    """Makes an engine importable: from PyPI the first time, into a folder of its own. One that is there is whole. `sources` are
    those of its packages that PyPI has as sources only, without anything to compile."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "millstream" / "peers"
    home = cache / f"{name}-{version}-{sys.implementation.cache_tag}"
    if not home.is_dir():
        print(f"millstream: installing {name} {version}", file=sys.stderr)
        part = home.with_name(f"{home.name}.part{os.getpid()}")
        shutil.rmtree(part, ignore_errors=True)
        command = [
            *[sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--root-user-action", "ignore"],
            *["--no-deps", "--no-compile", "--only-binary", ":all:", *(f"--no-binary={source}" for source in sources)],
            *["--target", str(part), f"{name}=={version}", *needs],
        ]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
        if done.returncode != 0:
            raise Failure("pip cannot install it; Debian, Ubuntu: apt-get install python3-pip (as root)")
        try:
            part.rename(home)
        except OSError:  # Another process was faster.
            shutil.rmtree(part, ignore_errors=True)
    # A peer has the name of the module it wants.
    sys.path[:] = [str(home), *(path for path in sys.path if Path(path or ".").resolve() != PEERS)]


def tables(question: dict) -> dict[str, Path]:
    """The tables of a question and their files."""
    if question.get("input") is None:
        raise Failure("it reads files of Parquet, and was told of none")
    return {name: Path(question["input"]) / f"{name}.parquet" for name in question["tables"]}


def sql(question: dict) -> str:
    """What is asked."""
    if question.get("sql") is None:
        raise Failure(f"it has no queries of {question['suite']}")
    return question["sql"].strip().rstrip(";")


def timed(question: dict, work: Callable[[], int | None], cpu: Callable[[], float] = time.process_time) -> dict:
    """The answer to a question: what the work takes, and how many rows it says it has made. `cpu` is the processor time of whoever
    does it."""
    began, cpu_began = time.perf_counter(), cpu()
    rows = work()
    seconds, cpu_seconds = time.perf_counter() - began, cpu() - cpu_began
    return {"query": question["query"], "seconds": seconds, "rows": rows, "cpu_seconds": cpu_seconds}


def answer_file(question: dict) -> Path:
    """Where the rows of an answer go, in a folder that is made here."""
    folder = Path(question["answer"])
    folder.mkdir(parents=True)
    return folder / "rows.csv"


def serve(ready: Callable[[], tuple[dict, Callable[[dict], dict], type[Exception] | tuple[type[Exception], ...]]]) -> None:
    """Sets the engine up, and answers questions until there are no more. An engine is what it says of itself, its way to an answer,
    and the errors by which it says that it has none."""

    def say(answer: dict) -> None:
        print(json.dumps(answer), flush=True)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        words, run, errors = ready()
    except (Failure, ImportError, OSError) as error:
        say({"ready": False, "error": str(error)})
        sys.exit(1)
    errors = errors if isinstance(errors, tuple) else (errors,)
    say({"ready": True, "sources": ["parquet"], **words})
    for line in sys.stdin:
        question = json.loads(line)
        try:
            say(run(question))
        except (Failure, OSError, *errors) as error:
            say({"query": question.get("query"), "error": str(error)})
