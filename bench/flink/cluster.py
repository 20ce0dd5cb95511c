"""A Flink cluster on this machine: one job manager and one task manager, for as long as they are needed.

Listens on the loopback only, at free ports. Its folder of work is its caller's, to remove.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path

START_SECONDS_MAX = 60

# `env.java.opts.all` comes from Flink's own configuration: what its classes need of a current Java.
CONFIGURATION = """
jobmanager.bind-host: localhost
jobmanager.rpc.address: localhost
jobmanager.rpc.port: {rpc_port}
jobmanager.memory.process.size: 1600m
taskmanager.bind-host: localhost
taskmanager.host: localhost
taskmanager.numberOfTaskSlots: {slots}
parallelism.default: {slots}
rest.address: localhost
rest.bind-address: localhost
rest.port: {rest_port}
io.tmp.dirs: {spill}
"""


class FlinkCluster:
    """Started when entered, stopped when left."""

    def __init__(
        self, home: Path, work: Path, slots: int, settings: Mapping[str, str], jars: Iterable[Path] = ()
    ) -> None:
        """The classes of `jars` are loaded once, with Flink's own, and stay compiled from job to job."""
        self.home, self.work, self.slots = home, work, slots
        rpc, self.rest_port = free_ports(2)
        self.rest = f"http://localhost:{self.rest_port}"
        spill = work / "spill"
        configuration = work / "conf"
        libraries = work / "lib"
        for folder in [spill, libraries]:
            folder.mkdir()
        for jar in [*(home / "lib").glob("*.jar"), *jars]:
            (libraries / jar.name).symlink_to(jar)
        shutil.copytree(home / "conf", configuration)
        own = CONFIGURATION.format(rpc_port=rpc, rest_port=self.rest_port, slots=slots, spill=spill)
        asked = [f"{name}: {value}" for name, value in settings.items()]
        (configuration / "config.yaml").write_text("\n".join([*java_options(home), own, *asked]) + "\n")
        self.environment = os.environ | {
            "FLINK_CONF_DIR": str(configuration), "FLINK_LIB_DIR": str(libraries), "FLINK_LOG_DIR": str(work)
        }
        # Loopback, whatever stands between this machine and others.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.processes: list[subprocess.Popen] = []

    def __enter__(self) -> "FlinkCluster":
        try:
            for part in ["jobmanager", "taskmanager"]:
                self.processes.append(self.start(part))
            self.await_slots()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def task_manager(self) -> int:
        """The number of its process."""
        return self.processes[1].pid

    def is_up(self) -> bool:
        return all(process.poll() is None for process in self.processes)

    def script(self, name: str, *arguments: str) -> list[str]:
        return bound_to_us("bash", str(self.home / "bin" / name), *arguments)

    def start(self, part: str) -> subprocess.Popen:
        command = self.script(f"{part}.sh", "start-foreground")
        with open(self.work / f"{part}.out", "wb") as output:
            return subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,  # Ctrl-C is ours to answer.
            )

    def await_slots(self) -> None:
        until = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < until and self.is_up():
            try:
                if self.get("/overview")["slots-available"] == self.slots:
                    return
            except OSError:
                pass  # Not up yet.
            time.sleep(0.2)
        raise OSError("the cluster did not start:\n" + self.last_words())

    def run(self, jar: str, main_class: str, arguments: list[str]) -> float:
        """The seconds that the job took by the cluster's own clock: without the client, without planning."""
        command = self.script("flink", "run", "--class", main_class, jar, *arguments)
        client = subprocess.run(
            command, env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        submitted = re.search(r"JobID ([0-9a-f]{32})", client.stdout)
        if client.returncode != 0 or submitted is None:
            raise OSError(f"the job failed:\n{client.stdout[-4000:]}\n{self.last_words()}")
        job = self.get(f"/jobs/{submitted[1]}")
        if job["state"] != "FINISHED":
            raise OSError(f"the job is {job['state']}")
        return job["duration"] / 1000

    def working_seconds(self, job: str) -> float:
        """From when the first subtask of a job that has ended was running until its last one had finished."""
        vertices = self.get(f"/jobs/{job}")["vertices"]
        subtasks = [
            subtask["timestamps"]
            for vertex in vertices
            for subtask in self.get(f"/jobs/{job}/vertices/{vertex['id']}/subtasktimes")["subtasks"]
        ]
        began = min(times["RUNNING"] for times in subtasks)
        return (max(times["FINISHED"] for times in subtasks) - began) / 1000

    def get(self, path: str) -> dict:
        with self.opener.open(self.rest + path, timeout=10) as response:
            return json.load(response)

    def last_words(self) -> str:
        logs = sorted(self.work.glob("*.out"))
        return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-2000:]}" for log in logs)

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def java_options(home: Path) -> list[str]:
    """The lines of Flink's own configuration that say them."""
    lines = (home / "conf" / "config.yaml").read_text().splitlines()
    return [line for line in lines if re.match(r"env:|  java:|    opts:|      all:", line)]


def bound_to_us(*command: str) -> list[str]:
    """A command that is killed should we be killed. What it becomes by `exec` has its process."""
    bound = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    return [*bound, *command]


def free_ports(count: int) -> list[int]:
    """Free when looked at, all different."""
    sockets = [socket.create_server(("localhost", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
