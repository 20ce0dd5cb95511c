"""How a peer that is a program in Rust becomes one: built from the workspace in rust/ the first time, then it is this process.

Builds with the compiler that is there, by the committed lock file, into the cache folder. What is built already costs a look.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

WORKSPACE = Path(__file__).resolve().parents[1] / "rust"
BUILD = ["cargo", "build", "--release", "--locked", "--quiet"]


def refuse(why: str) -> None:
    print(json.dumps({"ready": False, "error": why}), flush=True)
    sys.exit(1)


def program(name: str) -> Path:
    """The built program of a peer."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    target = cache / "millstream" / "peers" / "rust-target"
    built = target / "release" / f"peer-{name}"
    if not built.exists():
        print(f"millstream: building {name} from crates.io; this takes minutes", file=sys.stderr)
    command = [*BUILD, "--manifest-path", str(WORKSPACE / "Cargo.toml"), "--package", f"peer-{name}"]
    environment = {**os.environ, "CARGO_TARGET_DIR": str(target)}
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
    except FileNotFoundError:
        refuse("cargo is needed to build it: https://rustup.rs")
    if done.returncode != 0:
        refuse("it does not build; what cargo said stands above")
    return built


def become(name: str) -> None:
    """This process goes on as the peer, with the same input and output; a signal ends it as it ends any program."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    built = program(name)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    os.execv(built, [str(built)])
