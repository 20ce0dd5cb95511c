"""Flink's home, put together from PyPI, and our jar for it. Both are kept in the cache folder and made once.

As a program it prints the home's path, for scripts.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

VERSION = "2.3.0"
JAVA_SOURCES = Path(__file__).parent / "java"
PEERS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "millstream" / "peers"


class Missing(Exception):
    """What the machine has not, in words for its user."""


def install() -> Path:
    """Flink's home. Both packages fill one folder: the first has the scripts, the second the jars.

    Nothing that depends on a version of Python or on a kind of machine is used, so any wheel will do.
    """
    folder = PEERS / f"flink-{VERSION}"
    if not folder.exists():  # A folder that is there is whole.
        say(f"installing flink-{VERSION}")
        part = folder.with_name(f"{folder.name}.part{os.getpid()}")
        shutil.rmtree(part, ignore_errors=True)
        options = "--quiet --disable-pip-version-check --root-user-action ignore --no-deps --no-compile --only-binary :all:"
        wheel = "--platform manylinux2014_x86_64 --implementation cp --python-version 3.11 --abi cp311"
        packages = [f"apache-flink=={VERSION}", f"apache-flink-libraries=={VERSION}"]
        run(sys.executable, "-m", "pip", "install", *options.split(), *wheel.split(), "--target", str(part), *packages)
        try:
            part.rename(folder)
        except OSError:  # Another process was faster.
            shutil.rmtree(part, ignore_errors=True)
    return folder / "pyflink"


def build_jar(home: Path) -> Path:
    """The source of events, the functions and the programs of `java/`, compiled; a change of theirs compiles anew."""
    files = sorted(path for path in JAVA_SOURCES.rglob("*") if path.is_file())
    print_of = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()[:16]
    jar = PEERS / f"flink-nexmark-{VERSION}-{print_of}.jar"
    if jar.exists():
        return jar
    if not (shutil.which("javac") and shutil.which("jar")):
        raise Missing("Flink needs a Java compiler; Debian, Ubuntu:    apt-get install openjdk-17-jdk-headless (as root)")
    say("compiling the Java sources")
    sources = [str(path) for path in files if path.suffix == ".java"]
    with tempfile.TemporaryDirectory() as classes:
        # Flink runs on Java 17 and newer.
        run("javac", "--release", "17", "-d", classes, "-classpath", f"{home}/lib/*", *sources)
        part = jar.with_name(f"{jar.name}.part{os.getpid()}")
        resources = ["-C", str(JAVA_SOURCES), "META-INF/services"]
        run("jar", "--create", "--file", str(part), "-C", classes, ".", *resources)
    part.rename(jar)
    return jar


def run(*command: str) -> None:
    """Its output goes where our words go."""
    if subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False).returncode != 0:
        raise Missing(f"this failed, and what it said stands above: {' '.join(command)}")


def say(words: str) -> None:
    print(f"millstream: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        print(install())
    except Missing as missing:
        sys.exit(f"millstream: {missing}")
