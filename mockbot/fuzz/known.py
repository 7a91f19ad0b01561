"""The file of known failures (`--expect`): TOML, the key of each with a reason."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from mockbot.behaviour import Behaviour
from mockbot.errors import UserError
from mockbot.fuzz.report import Finding


def load(path: Path) -> Mapping[str, str]:
    """Return the reasons by the keys of the failures, as in `"A7/events/-" = "the parser keeps a BOM"`.

    Raise UserError if the file cannot be read, or if an entry has no key of a class or no reason.
    """
    try:
        value = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not TOML: {error}") from None
    for key, reason in value.items():
        if key.count("/") != 2:
            raise UserError(f'{path}: {key!r} is not the key of a failure, such as "A7/events/-"; reports have them')
        if not isinstance(reason, str) or not reason.strip():
            raise UserError(f"{path}: {key!r}: a known failure has a reason, in quotes")
    return value


def with_states(
    findings: Sequence[Finding], known: Mapping[str, str], tried: Iterable[str]
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Return the findings with their states, the stale entries among them, and the keys that were not tried.

    An entry is stale if the client met its class and does not fail so any more.
    """
    found = [replace(each, state="known", reason=known[each.key]) if each.key in known else each for each in findings]
    keys, met = {each.key for each in findings}, set(tried)
    gone = [key for key in known if key not in keys]
    stale = [key for key in gone if set(key.partition("/")[0].split("+")) <= met]
    found += [_stale(key, known[key]) for key in stale]
    return tuple(found), tuple(key for key in gone if key not in stale)


def _stale(key: str, reason: str) -> Finding:
    return Finding(
        key=key,
        bug_class=key.partition("/")[0],
        kind="legal",
        sentence=f"the known failure {key} does not fail any more: {reason}",
        rule="an entry of the file of known failures that no longer fails is removed",
        behaviour=Behaviour(),
        sent=(),
        did="the client survived it",
        should="have no entry in the file of known failures: remove this one",
        state="stale",
        reason=reason,
    )
