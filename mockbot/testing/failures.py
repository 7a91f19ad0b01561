"""The reasons for which the plugin fails an otherwise passing test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from mockbot.errors import UserError
from mockbot.journal.entry import Entry
from mockbot.testing.marker import Marked
from mockbot.testing.scripts import Script
from mockbot.testing.world import World
from mockbot.wording import readable

SHOWN = 10
"""The most exchanges to show."""
FAILING = ("error", "warning")
"""The severities that can fail a test, most severe first."""


class Checks:
    """The checks of one test's world: when the test has passed, and again when its fixtures have ended."""

    def __init__(self, world: World, marked: Marked) -> None:
        self._world, self._marked = world, marked
        self.notes = ""
        """The notes, if the test asks for them; they are no reason to fail."""

    def at_end(self) -> list[str]:
        """Return a paragraph for each reason to fail the test that has just passed.

        A fixture of the test may still hold a stream open, so nothing is waited for. While an exchange is open, only
        violations are reported: what else there is can still change.
        """
        try:
            entries = self._world.journal.entries()
        except UserError:  # the test has removed its world, or stopped its server
            return []
        if any(entry.ended == "open" for entry in entries):
            return list(_violations(self._world, entries, self._marked))
        return self._all(entries)

    def at_teardown(self) -> list[str]:
        """Return a paragraph for each reason that there is after the fixtures of the test have ended."""
        return self._all(self._world.journal.settle())

    def _all(self, entries: tuple[Entry, ...]) -> list[str]:
        world = self._world
        return [*_violations(world, entries, self._marked), *_unused(world.scripts.unused()), *self._verdict()]

    def _verdict(self) -> Iterator[str]:
        marked = self._marked
        if marked.verdict == "off":
            return
        verdict = self._world.verdict()
        notes = tuple(finding for finding in verdict.findings if finding.severity == "note")
        if notes and marked.verdict == "note":
            self.notes = replace(verdict, findings=notes).as_text()
        counted = FAILING if marked.verdict == "note" else FAILING[: FAILING.index(marked.verdict) + 1]
        findings = tuple(
            finding
            for finding in verdict.findings
            if finding.severity in counted
            and finding.name != "contract-violation"  # reported as a violation, or allowed
        )
        if findings:
            yield f"mockbot: {replace(verdict, findings=findings).as_text()}"


def _violations(world: World, entries: tuple[Entry, ...], marked: Marked) -> Iterator[str]:
    broken = [(entry, _operation(entry, world)) for entry in entries if entry.violations]
    broken = [(entry, operation) for entry, operation in broken if not marked.allows(operation)]
    if not broken:
        return
    lines = [f"mockbot: the client broke the contract in {len(broken)} of {len(entries)} exchanges:"]
    for entry, operation in broken[:SHOWN]:
        lines.append(f"  {operation} ({entry})")
        lines += [f"    {violation}" for violation in entry.violations]
    if len(broken) > SHOWN:
        lines.append(f"  and {len(broken) - SHOWN} more")
    some = json.dumps(sorted({operation for _, operation in broken}))
    lines.append(f"If this is intended: @pytest.mark.mockbot(allow_violations={some}), or allow_violations=True")
    yield readable("\n".join(lines))


def _operation(entry: Entry, world: World) -> str:
    return entry.operation or f"{entry.method} {entry.path.removeprefix(f'/w/{world.name}')}"


def _unused(scripts: tuple[Script, ...]) -> Iterator[str]:
    if scripts:
        lines = [
            f"  {_called(script)}: used {script.used} of {script.used + (script.left or 0)} times" for script in scripts
        ]
        yield readable("\n".join(["mockbot: scripts were used less often than their `times`:", *lines]))


def _called(script: Script) -> str:
    """Return a script's name, or its `when` if the name is only its file and line."""
    if script.name != script.place:
        return script.name
    when = script.written.get("when")
    return f"the script for {json.dumps(when, ensure_ascii=False)}" if when else f"the script at {script.place}"
