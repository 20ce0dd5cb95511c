"""Holds the events that our Java sources give Flink against the check values of NXG-1, and sums of rows against Millstream's."""

import argparse
import subprocess
import sys

import home

CHECKS = {
    "letters": "7aedccec85d986f10def184a48c28941c81b5c60386df489cbf68ce57991ceb6",
    "names": "d49ecb8ef3e6a7ec7b72bd69cdccaa9b69c845b5a5fd94350ce457a7b3cd7fab",
    "prices": "fd3699b1a24bc1b0de61865f0485df531159dea7683654f0700941cfac9f1c4f",
    "channels": "cc67661b6c77ed4f88e6bab8233dee6fcba2b4284fefafbed426cfec2a5ed5a6",
    "events 100000 100000": "08c9639538e8f5ff27f399addd05d5efd8efecf3dcbe8e0aedad76142e6196d2",
    "events 1000000 100000": "b513c12bb0e75e94aa997062df32f780c2771bcd98569006593ad76a3b621a01",
    "events 100000 7": "511b27ba8fe2dd93093d869062db8d65a90f383e865ee2defeb98329646cce9b",
    "events 100000 100000 java-slip": "e01baab9f2c53715d04cb68f680ccf1cb4d904e21dab8847dba9073516e5f1c7",
}
LARGE_CHECKS = {
    "events 20000000 100000": "94bce21b40a9a8f98ece7f0deb4a7c2aeb258b9001cab8439b385dd8b8d5bfc3",
    "events 20000000 1000000": "13504955a072c808622bd132cd85912eb83c768a40c86891cff39355af88ba16",
}
# Those of the tests of Millstream's own sums.
SUMS = {"texts": "4f8c7d5639ced39a", "rows": "0146c3a887290e84"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="those of twenty million events as well")
    checks = CHECKS | (LARGE_CHECKS if parser.parse_args().all else {})
    flink = home.install()
    classes = f"{flink}/lib/*:{home.build_jar(flink)}"
    asked = [("CanonicalText", what, wanted, "NXG-1") for what, wanted in checks.items()]
    asked += [("CanonicalSum", what, wanted, "Millstream") for what, wanted in SUMS.items()]
    wrong = 0
    for program, what, wanted, whose in asked:
        command = ["java", "-classpath", classes, f"nexmark.{program}", *what.split()]
        found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()[0]
        wrong += found != wanted
        print(f"{what}: {f'as {whose} has it' if found == wanted else f'{found}, and {whose} has {wanted}'}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except home.Missing as missing:
        sys.exit(f"millstream: {missing}")
