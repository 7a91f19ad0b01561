"""Many clients, from a file, with one report for each."""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mockbot import behaviour
from mockbot.app import create_app, profile_for
from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.fuzz import known
from mockbot.fuzz.classes import CHOICES
from mockbot.fuzz.clients.choice import Choice
from mockbot.fuzz.fuzzer import Options, run
from mockbot.fuzz.report import FuzzReport
from mockbot.fuzz.reports.phrases import safe_name
from mockbot.settings import Settings
from mockbot.wording import near, shown

KINDS = ("command", "adapter", "browser")
"""The keys of which an entry has one: how its client is run."""
KEYS = ("name", *KINDS, "deadline", "only", "expect")


@dataclass(frozen=True, slots=True)
class Entry:
    """One client."""

    name: str
    choice: Choice
    deadline: float | None = None
    """Seconds; None: that of the run. So with the others."""
    only: tuple[str, ...] | None = None
    known: Mapping[str, str] | None = None

    def changed(self, options: Options) -> Options:
        """Return the options of a run with those of this client."""
        return replace(
            options,
            deadline=self.deadline or options.deadline,
            only=options.only if self.only is None else self.only,
            known=options.known if self.known is None else self.known,
        )


def load(path: Path) -> tuple[Entry, ...]:
    """Read a file with a table `[[client]]` for each client; raise UserError with the entry of each mistake."""
    try:
        value = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not TOML: {error}") from None
    entries, mistakes = [], [f"{path}: {key!r}: {near(key, ['client'])}" for key in value if key != "client"]
    tables = value.get("client")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables) or not tables:
        mistakes.append(f"{path}: no client; each has a table [[client]] with name, and command, adapter or browser")
        tables = []
    taken: dict[str, int] = {}
    for number, table in enumerate(tables, 1):
        place = f"{path}: client {number}"
        if isinstance(table.get("name"), str):
            place += f" ({shown(table['name'])})"
            first = taken.setdefault(safe_name(table["name"]), number)
            mistakes += [f"{place}: name: it is that of client {first}; use another"] if first != number else []
        try:
            entries.append(_entry(table))
        except UserError as error:
            mistakes += [f"{place}: {line}" for line in str(error).split("\n")]
    if mistakes:
        raise UserError("\n".join(mistakes))
    return tuple(entries)


def _entry(table: Mapping[str, Any]) -> Entry:
    """Return the entry; raise UserError with a line for each mistake."""
    mistakes = [f"{key!r} is not known here; {near(key, KEYS)}" for key in table if key not in KEYS]
    if not isinstance(table.get("name"), str) or not table["name"].strip():
        mistakes.append('name: it is missing; it heads a column, as in name = "httpx"')
    if len([kind for kind in KINDS if kind in table]) != 1:
        mistakes.append(
            'give one of command = ["python", "chat.py"], adapter = "python chat.py", browser = "chat.html"'
        )
    mistakes += [
        f"{key}: it is {shown(table[key])}, but must be {wanted}"
        for key, (fits, wanted) in FORMS.items()
        if key in table and not fits(table[key])
    ]
    if mistakes:
        raise UserError("\n".join(mistakes))
    return Entry(
        name=table["name"],
        choice=Choice(
            command=tuple(table.get("command", ())),
            adapter=table.get("adapter", ""),
            browser=Path(table["browser"]) if "browser" in table else None,
        ),
        deadline=table.get("deadline"),
        only=tuple(each.upper() for each in table["only"]) if "only" in table else None,
        known=known.load(Path(table["expect"])) if "expect" in table else None,
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0.1


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_command(value: object) -> bool:
    return (
        isinstance(value, list) and bool(value) and _is_text(value[0]) and all(isinstance(each, str) for each in value)
    )


def _are_classes(value: object) -> bool:
    return _is_command(value) and isinstance(value, list) and {each.upper() for each in value} <= {*CHOICES}


def _is_shell_text(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(shlex.split(value))
    except ValueError:  # a quote without its end
        return False


FORMS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "command": (_is_command, 'a list with a program and its arguments, such as ["python", "chat.py"]'),
    "adapter": (_is_shell_text, "a command as in a shell, with all quotes closed"),
    "browser": (_is_text, "the name of an HTML file"),
    "deadline": (_is_number, "a number of seconds, at least 0.1"),
    "only": (_are_classes, 'a list of families (A, B, C, D) or classes, such as ["A", "B2"]'),
    "expect": (_is_text, "the name of a file with known failures"),
}


def run_all(
    entries: Sequence[Entry],
    options: Options,
    settings: Settings,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[FuzzReport, ...]:
    """Run one client after the other. The report of one that cannot be run says why, in `problem`.

    Raise UserError for settings and for a behaviour file that no client can use.
    """
    profile = profile_for(settings)
    create_app(settings, profile=profile, log=lambda _: None)
    if options.replay is not None:
        behaviour.load(options.replay, profile.contract)
    return tuple(_run(entry, options, settings, progress) for entry in entries)


def _run(entry: Entry, options: Options, settings: Settings, progress: Callable[[str], None]) -> FuzzReport:
    try:
        with entry.choice.clients() as client:
            report = run(client, entry.changed(options), settings, lambda line: progress(f"{entry.name}: {line}"))
    except UserError as error:
        report = FuzzReport(entry.name, options.seed, 0, (), (), problem=str(error))
    return replace(report, client=entry.name, client_options=entry.choice.options)
