"""`python -m bench.speed`: how fast mockbot is, beside a bare Starlette application, Steady and Prism."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.processes import NotStarted
from bench.speed import bodies, idle, paced, start, throughput
from bench.speed.machine import described
from bench.speed.operations import operations
from bench.speed.servers import cores, missing, servers
from bench.speed.table import Reading, Table

SOAK = "\n# Soak\n"
"""Where the results of the soak begin on the page."""
RESULTS = Path(__file__).parents[1] / "RESULTS.md"
OPERATIONS = tuple(each.name for each in operations("4.19.4"))
NAMES = (*OPERATIONS, "start", "idle", "paced", "uploads", "json")
IDLE, PACED = 5000, 1000
FIELDS = ("rate", "cpu", "p50", "p99", "wrong")


def main() -> None:
    """Measure speed, start and memory of mockbot, of a bare Starlette application, and of other mock servers."""
    parser = argparse.ArgumentParser(prog="python -m bench.speed", description=main.__doc__)
    parser.add_argument("--only", action="append", choices=NAMES, help="measure this only; repeatable")
    parser.add_argument("--server", action="append", default=[], help="only servers whose names begin so; repeatable")
    parser.add_argument("--tools", type=Path, help="folder with node_modules, where Steady and Prism are installed")
    parser.add_argument("--rounds", type=int, default=5, help="default: 5")
    parser.add_argument("--seconds", type=int, default=2, help="length of each measurement of throughput; default: 2")
    parser.add_argument("--quick", action="store_true", help="one round of one second, and a tenth of all streams")
    parser.add_argument("--json", type=Path, help="write all figures as JSON")
    parser.add_argument("--write", action="store_true", help=f"write what was measured to bench/{RESULTS.name}")
    given = parser.parse_args()
    if lacking := missing():
        sys.exit("These are missing:\n" + "\n".join(f"  {each}" for each in lacking))
    rounds, seconds = (1, 1) if given.quick else (given.rounds, given.seconds)
    names = tuple(each for each in NAMES if not given.only or each in given.only)
    pair = cores()
    os.sched_setaffinity(0, {pair[1]})
    here = servers(given.tools, given.server)
    tables: list[Table] = []
    readings: list[Reading] = []
    if asked := [name for name in names if name in OPERATIONS]:
        tables, readings = throughput.ran(here, asked, rounds, seconds, pair, say)
    part = 10 if given.quick else 1
    others: dict[str, Callable[[], list[Table]]] = {
        "start": lambda: start.ran(here, rounds, pair, say),
        "idle": lambda: idle.ran(IDLE // part, given.server, pair, say),
        "paced": lambda: paced.ran(PACED // part, given.server, pair, say),
        "uploads": lambda: bodies.uploads(given.server, pair, say),
        "json": lambda: bodies.large(given.server, pair, say),
    }
    for name in names:
        try:
            tables += others[name]() if name in others else []
        except (OSError, RuntimeError, NotStarted) as error:
            say(f"{name} fails: {error!r}")
    print("\n".join(table.text for table in tables))
    if given.json:
        kept = {
            "machine": described(here),
            "tables": [{"title": each.title, "heads": each.heads, "rows": each.rows} for each in tables],
            "readings": [
                [each.operation, each.connections, each.server, *(getattr(each.sample, name) for name in FIELDS)]
                for each in readings
            ],
        }
        given.json.write_text(json.dumps(kept, indent=1))
    if given.write:
        RESULTS.write_text(written(RESULTS.read_text(), described(here), tables))


def written(before: str, machine: str, tables: Sequence[Table]) -> str:
    """Return the page of results; what it has of the soak, which this does not measure, stays as `before`."""
    _, title, soak = before.partition(SOAK)
    return "\n".join(["# Speed", "", machine, "", *(each.markdown for each in tables)]) + title + soak


def say(line: str) -> None:
    """Show what is done."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
