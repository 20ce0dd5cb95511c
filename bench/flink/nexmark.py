"""Nexmark's queries asked of a Flink cluster of ours, and what they cost it."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import home
from cluster import FlinkCluster
from runner import Refused, Runner

HERE = Path(__file__).parent
SUITE = HERE.parent / "nexmark"
SLOTS = 2
SIDE_ROWS = 10_000
WARM_UP_EVENTS = 1_000_000

# Of the machine's memory; the job manager, the planner and whoever asks need some as well.
MEMORY_SHARE = 0.6

CLUSTER_SETTINGS = {
    "taskmanager.memory.managed.fraction": "0.2",
    "taskmanager.memory.network.max": "512m",
    "env.java.opts.taskmanager": "-XX:+UseG1GC",
    # Nothing to be taken up again: what fails is told.
    "restart-strategy.type": "disable",
    "taskmanager.jvm-exit-on-oom": "true",
}

COMMON_SETTINGS = {"pipeline.object-reuse": "true"}

# What Flink's documentation and its own Nexmark advise, without checkpoints; and without splitting distinct aggregates,
# for that is slower here (see README.md).
STREAMING_SETTINGS = {
    "state.backend.type": "hashmap",
    "table.exec.mini-batch.enabled": "true",
    "table.exec.mini-batch.allow-latency": "2 s",
    "table.exec.mini-batch.size": "50000",
    "table.optimizer.agg-phase-strategy": "TWO_PHASE",
}

BATCH_SETTINGS = {"execution.batch.adaptive.auto-parallelism.enabled": "false"}

# Whose answer says nothing, and why.
WITHOUT_ANSWER = {"q12": "Flink drops the window of the clock that is open when the input ends: rows of its answer are missing"}


@dataclass(frozen=True)
class Question:
    """A query over a corpus, and how it is to be run."""

    query: str
    mode: str
    events: int
    rate: int
    parallelism: int
    sink: str = "blackhole"


class FlinkNexmark:
    """Started when entered, stopped when left; what broke down or is too small is started again."""

    def __init__(self) -> None:
        self.home = home.install()
        self.jar = home.build_jar(self.home)
        self.cluster_settings = CLUSTER_SETTINGS | {"taskmanager.memory.process.size": f"{task_manager_mebibytes()}m"}
        self.running = ExitStack()
        self.warm: set[tuple[str, str]] = set()

    def __enter__(self) -> "FlinkNexmark":
        self.start(SLOTS)
        return self

    def __exit__(self, *_: object) -> None:
        self.running.close()

    def start(self, slots: int) -> None:
        self.running.close()
        with ExitStack() as starting:
            self.folder = Path(starting.enter_context(tempfile.TemporaryDirectory(prefix="millstream-flink-")))
            (self.folder / "side.csv").write_text("".join(f"{key},value {key}\n" for key in range(SIDE_ROWS)))
            cluster = FlinkCluster(self.home, self.folder, slots, self.cluster_settings, [self.jar])
            self.cluster = starting.enter_context(cluster)
            self.runner = starting.enter_context(Runner(self.cluster, self.jar))
            self.running = starting.pop_all()
        self.warm.clear()

    def settings(self) -> Mapping[str, str]:
        """All that is not as Flink has it when nobody says anything."""
        of_mode = {"streaming": STREAMING_SETTINGS, "batch": BATCH_SETTINGS}
        told = {f"{name} ({mode})": value for mode, named in of_mode.items() for name, value in named.items()}
        return self.cluster_settings | COMMON_SETTINGS | told

    def run(self, question: Question, answer: str | None) -> dict:
        """The seconds, rows and processor seconds of the task manager of one run, behind one that nobody measures.

        An answer, or its sum, is that of one subtask, where rows of one time come in their order: what is first or last by
        time is then no matter of luck.
        """
        is_checked = answer is not None or question.sink == "final"
        if is_checked:
            if question.query in WITHOUT_ANSWER:
                raise Refused(WITHOUT_ANSWER[question.query])
            question = replace(question, parallelism=1)
        is_up = self.cluster.is_up() and self.runner.is_up()
        if not is_up or self.cluster.slots < question.parallelism:
            self.start(max(SLOTS, question.parallelism))
        if not is_checked and (question.query, question.mode) not in self.warm:
            self.ask(replace(question, events=min(question.events, WARM_UP_EVENTS)), None)
            self.warm.add((question.query, question.mode))
        self.collect_garbage()
        before = self.processor_seconds()
        done = self.ask(question, answer)
        used = self.processor_seconds() - before
        seconds = self.cluster.working_seconds(done["job"])
        told = {name: value for name, value in done.items() if name != "job"}
        return {**told, "seconds": seconds, "cpu_seconds": round(used, 2)}

    def ask(self, question: Question, answer: str | None) -> dict:
        values = {"EVENTS": question.events, "RATE": question.rate, "FOLDER": self.folder}
        of_mode = BATCH_SETTINGS if question.mode == "batch" else STREAMING_SETTINGS
        settings = COMMON_SETTINGS | of_mode | {"parallelism.default": str(question.parallelism)}
        query = query_text(question.query, question.mode)
        request = {"statements": table_statements(values), "query": query, "sink": question.sink, "answer": answer}
        return self.runner.ask(question.mode, settings, **request)

    def collect_garbage(self) -> None:
        """A run does not pay for what the one before it has left."""
        subprocess.run(
            ["jcmd", str(self.cluster.task_manager), "GC.run"], stdout=subprocess.DEVNULL, stderr=sys.stderr, check=False
        )

    def processor_seconds(self) -> float:
        """What the task manager has used so far."""
        fields = Path(f"/proc/{self.cluster.task_manager}/stat").read_text().rpartition(")")[2].split()
        user, system = int(fields[11]), int(fields[12])
        return (user + system) / os.sysconf("SC_CLK_TCK")


def table_statements(values: Mapping[str, object]) -> list[str]:
    text = (SUITE / "tables.sql").read_text() + (HERE / "tables.sql").read_text()
    for name, value in values.items():
        text = text.replace(f"${{{name}}}", str(value))
    without_comments = re.sub(r"^--.*\n", "", text, flags=re.MULTILINE)
    return [statement.strip() for statement in without_comments.split(";") if statement.strip()]


def query_text(query: str, mode: str) -> str:
    """Flink's own text where there is one, of this mode or of both."""
    own, ours = HERE / "queries", SUITE / "queries"
    for file in [own / f"{query}.{mode}.sql", own / f"{query}.sql", ours / f"{query}.sql"]:
        if file.exists():
            return re.sub(r"^--.*\n", "", file.read_text(), flags=re.MULTILINE)
    raise Refused(f"Nexmark has no {query}")


def task_manager_mebibytes() -> int:
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return int(pages * page * MEMORY_SHARE) >> 20
