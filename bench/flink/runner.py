"""The Java program that plans queries and sends them to a cluster: started once, asked a line at a time."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

from cluster import FlinkCluster, bound_to_us, java_options

# An answer is folded in it: q23 has 1.3 GB of them in a million events.
HEAP = "4g"


class Refused(Exception):
    """Why Flink did not come to an answer, in its words."""


class Runner:
    """Started when entered, stopped when left. What it says on its way is in `runner.out` of the cluster's folder."""

    def __init__(self, cluster: FlinkCluster, jar: Path) -> None:
        self.cluster = cluster
        options = " ".join(java_options(cluster.home)).partition("all:")[2].split()
        classes = f"{cluster.home}/lib/*:{jar}"
        logging = f"{cluster.home}/conf/log4j-cli.properties"
        logs = [f"-Dlog.file={cluster.work}/runner.log", f"-Dlog4j.configurationFile={logging}"]
        self.command = bound_to_us("java", f"-Xmx{HEAP}", *options, *logs, "-classpath", classes, "nexmark.Runner")

    def __enter__(self) -> "Runner":
        with open(self.cluster.work / "runner.out", "wb") as output:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True,
                start_new_session=True,  # Ctrl-C is ours to answer.
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def is_up(self) -> bool:
        return self.process.poll() is None

    def ask(self, mode: str, settings: Mapping[str, str], **request: object) -> dict:
        remote = {"execution.target": "remote", "rest.address": "localhost", "rest.port": str(self.cluster.rest_port)}
        line = json.dumps({"mode": mode, "settings": remote | settings, **request})
        try:
            print(line, file=self.process.stdin, flush=True)
        except BrokenPipeError:
            pass  # What there is no answer to tells it as well.
        answer = self.process.stdout.readline()
        if not answer:
            self.process.wait()
            raise Refused("the program that plans queries has ended")
        answer = json.loads(answer)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer
