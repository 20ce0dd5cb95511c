"""Flink as a peer: reads a request a line, runs it on a cluster of its own, answers with a line.

Sets itself up when it starts: Flink from PyPI, our Java sources compiled, a cluster on free ports of the loopback. Stops
all of it at the end of its input, or when it is told to by a signal.
"""

import json
import signal
import sys
from dataclasses import fields
from pathlib import Path

FLINK = Path(__file__).resolve().parent.parent / "flink"
sys.path.insert(0, str(FLINK))

import home  # noqa: E402
from nexmark import FlinkNexmark, Question  # noqa: E402
from runner import Refused  # noqa: E402

STOPS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def answer(flink: FlinkNexmark, request: dict) -> dict:
    if request["suite"] != "nexmark":
        raise Refused(f"Flink is not set up for the suite {request['suite']}")
    if request["source"] != "generator":
        raise Refused("Flink from PyPI reads no Parquet: that format is a jar of its own, which is not there")
    question = Question(**{field.name: request[field.name] for field in fields(Question)})
    return flink.run(question, request["answer"])


def say(message: dict) -> None:
    print(json.dumps(message), flush=True)


def leave(*_: object) -> None:
    """An exit and not an end, for the cluster must not outlive us; and nothing may cut that short."""
    for each in STOPS:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(0)


def main() -> None:
    for number in STOPS:
        signal.signal(number, leave)
    try:
        with FlinkNexmark() as flink:
            settings = dict(flink.settings())
            about = {"name": "flink", "version": home.VERSION, "settings": settings}
            say({"ready": True, **about, "sources": ["generator"], "sums": True})
            for line in sys.stdin:
                request = json.loads(line)
                try:
                    say({"query": request["query"], **answer(flink, request)})
                except (Refused, OSError) as error:
                    say({"query": request["query"], "error": str(error)})
    except (home.Missing, OSError) as error:
        say({"ready": False, "error": str(error)})
        sys.exit(1)


main()
