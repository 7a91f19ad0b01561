"""What a test that passed is failed for after all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from mockbot.journal.entry import Entry
from mockbot.journal.finding import SEVERITIES
from mockbot.testing.scripts import Script
from mockbot.testing.wishes import Wishes
from mockbot.testing.world import World

NAMED = 10
"""Exchanges that a complaint shows."""


def complaints(world: World, wishes: Wishes) -> list[str]:
    """Return a paragraph for each kind of thing that went wrong in a test's world."""
    entries = world.journal.settle()
    return [*_violations(world, entries, wishes), *_unused(world.scripts.unused()), *_verdict(world, wishes)]


def _violations(world: World, entries: tuple[Entry, ...], wishes: Wishes) -> Iterator[str]:
    broken = [(entry, _operation(entry, world)) for entry in entries if entry.violations]
    broken = [(entry, operation) for entry, operation in broken if not wishes.allow(operation)]
    if not broken:
        return
    lines = [f"mockbot: the client broke the contract in {len(broken)} of {len(entries)} exchanges:"]
    for entry, operation in broken[:NAMED]:
        lines.append(f"  {operation} ({entry})")
        lines += [f"    {violation}" for violation in entry.violations]
    if len(broken) > NAMED:
        lines.append(f"  and {len(broken) - NAMED} more")
    some = json.dumps(sorted({operation for _, operation in broken}))
    lines.append(f"If it is meant to: @pytest.mark.mockbot(allow_violations={some}), or allow_violations=True")
    yield "\n".join(lines)


def _operation(entry: Entry, world: World) -> str:
    return entry.operation or f"{entry.method} {entry.path.removeprefix(f'/w/{world.name}')}"


def _unused(scripts: tuple[Script, ...]) -> Iterator[str]:
    if scripts:
        lines = [
            f"  {_called(script)}: used {script.used} of {script.used + (script.left or 0)} times" for script in scripts
        ]
        yield "\n".join(["mockbot: scripts were not used as often as their `times` say:", *lines])


def _called(script: Script) -> str:
    """Return a script's name, and what it is for where the name is no more than a place."""
    if script.name != script.place:
        return script.name
    return f"the script for {json.dumps(script.written.get('when', {}), ensure_ascii=False)}"


def _verdict(world: World, wishes: Wishes) -> Iterator[str]:
    if wishes.verdict == "off":
        return
    counted = SEVERITIES[: SEVERITIES.index(wishes.verdict) + 1]
    verdict = world.verdict()
    findings = tuple(
        finding
        for finding in verdict.findings
        if finding.severity in counted and finding.name != "contract-violation"  # told already, or allowed
    )
    if findings:
        yield f"mockbot: {replace(verdict, findings=findings).as_text()}"
