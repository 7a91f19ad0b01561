"""`python -m bench.documents FOLDER [NAME ...]`: try documents on mockbot, and on Prism with `--prism`."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from bench.documents.rows import COLUMNS, Row, measured
from bench.documents.servers import SERVERS

SUFFIXES = (".json", ".yaml", ".yml")
WIDTHS = (5, 5, 6, 5, 4, 5, 7, 6)
HEADINGS = ("ops", "sent", "right", "4xx", "5xx", "501", "invalid", "unsent")


def main() -> None:
    """Serve each OpenAPI document of a folder, send every operation two valid requests, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.documents", description=main.__doc__)
    parser.add_argument("folder", type=Path, help="its documents, and those that a file `documents.txt` in it names")
    parser.add_argument("names", nargs="*", help="only documents whose names begin so")
    parser.add_argument("--prism", action="store_true", help="also on Prism, whose command must be on the PATH")
    parser.add_argument("--verbose", "-v", action="store_true", help="show each response that is not right")
    parser.add_argument("--json", type=Path, help="write the rows as JSON")
    given = parser.parse_args()
    servers = ["mockbot", "prism"] if given.prism else ["mockbot"]
    heads = " ".join(f"{head:>{width}}" for head, width in zip(HEADINGS, WIDTHS, strict=True))
    print(f"{'document':36} {'server':8} {'starts':6} {heads} {'cpu s':>6} {'MB':>5}")
    rows: list[Row] = []
    for path in documents(given.folder, tuple(given.names)):
        for server in servers:
            row = measured(path, server, SERVERS[server])
            rows.append(row)
            print(line(row), flush=True)
            if given.verbose:
                print("".join(f"    {remark}\n" for remark in row.remarks), end="")
    for server in servers:
        print(line(total([row for row in rows if row.server == server], server)))
    if given.json:
        given.json.write_text(json.dumps([vars(row) for row in rows], indent=1))


def documents(folder: Path, names: tuple[str, ...]) -> list[Path]:
    """Return the documents of a folder in the order of their names."""
    listed = folder / "documents.txt"
    found = [each for each in folder.iterdir() if each.suffix in SUFFIXES]
    found += [folder / name for name in listed.read_text().split()] if listed.exists() else []
    return sorted(each for each in found if not names or each.name.startswith(names))


def total(rows: list[Row], server: str) -> Row:
    """Return the sum of rows; `cpu` and `memory` are the largest."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(row.counts)
    started = sum(row.started for row in rows)
    share = counts["right"] / counts["sent"] if counts["sent"] else 0.0
    name = f"{started} of {len(rows)} start, {share:.2%} right"
    return Row(name, server, True, "", counts, max((row.cpu for row in rows), default=0.0))


def line(row: Row) -> str:
    """Return a row of the table."""
    cells = " ".join(f"{row.counts[name]:>{width}}" for name, width in zip(COLUMNS, WIDTHS, strict=True))
    text = f"{row.document[:36]:36} {row.server:8} {'yes' if row.started else 'NO':6} {cells} {row.cpu:>6.1f}"
    return f"{text} {row.memory:>5}" if row.started else f"{text}  {row.why[:160]}"


if __name__ == "__main__":
    main()
