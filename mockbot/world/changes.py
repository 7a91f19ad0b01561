"""What a reload has changed, as a value and in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from mockbot.contract.contract import Contract
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.script.model import Script
from mockbot.wording import printable
from mockbot.world.fixture import Fixture

MOST_NAMES = 5
"""Names that a line lists of each kind."""


@dataclass(frozen=True, slots=True)
class Names:
    """How two lists of named things differ."""

    changed: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.new or self.removed)

    def as_json(self) -> dict[str, JSON]:
        """Return it as the control API shows it."""
        return {"changed": [*self.changed], "new": [*self.new], "removed": [*self.removed]}

    def __str__(self) -> str:
        kinds = (("changed", self.changed), ("new", self.new), ("removed", self.removed))
        return ", ".join(f"{len(names)} {kind} ({_listed(names)})" for kind, names in kinds if names)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different from the files as they were read before."""

    document: Names | None = None
    """The operations that differ, if the document does."""
    fixture: tuple[str, ...] = ()
    """The properties of the fixture that differ, such as `keys`; `scripts` is not one of them."""
    behaviour: bool = False
    scripts: Names = Names()
    moved: bool = False
    """Whether the same scripts are in another order."""
    renewed: bool = False
    """Whether the default world was made again."""

    def __bool__(self) -> bool:
        return self.document is not None or bool(self.fixture or self.behaviour or self.scripts or self.moved)

    def as_json(self) -> dict[str, JSON]:
        """Return it as the control API shows it."""
        return {
            "status": "ok",
            "document": None if self.document is None else self.document.as_json(),
            "fixture": [*self.fixture],
            "behaviour": self.behaviour,
            "scripts": self.scripts.as_json(),
            "moved": self.moved,
            "renewed": self.renewed,
            "message": str(self),
        }

    def __str__(self) -> str:
        return "; ".join(self._parts()) or "nothing has changed"

    def _parts(self) -> Iterator[str]:
        if self.document is not None:
            operations = f"operations: {self.document}" if self.document else "the operations are the same"
            yield f"document: changed, {operations}"
        if self.fixture:
            anew = ", so the default world starts anew" if self.renewed else ""
            yield f"fixture: {_listed(self.fixture)} changed{anew}"
        if self.behaviour:
            yield "behaviour: changed"
        if self.scripts:
            yield f"scripts: {self.scripts}"
        elif self.moved:
            yield "scripts: in another order"


def operation_changes(old: Contract, new: Contract) -> Names:
    """Return the names of the operations that differ in two documents; schemas that they refer to do not count."""
    before = {name: each.definition for name, each in old.operations.by_name.items()}
    after = {name: each.definition for name, each in new.operations.by_name.items()}
    return _names(before, after)


def fixture_changes(old: Fixture, new: Fixture) -> tuple[str, ...]:
    """Return the properties in which two fixtures differ, apart from their scripts."""
    names = (each.name for each in fields(Fixture) if each.name not in ("name", "scripts"))
    own = "bots, configs, providers, tools or usage"
    return tuple(own if name == "own" else name for name in names if getattr(old, name) != getattr(new, name))


def script_changes(old: Sequence[Script], new: Sequence[Script]) -> Names:
    """Return how two lists of scripts differ.

    A script without a name is in its file the first, second ... of those that the other list does not have.
    """
    left, right = _without(old, new), _without(new, old)
    before, after = dict(_keyed(left)), dict(_keyed(right))
    changes = _names(before, after)
    shown = {key: script.name for key, script in (before | after).items()}
    return Names(*(tuple(shown[key] for key in keys) for keys in (changes.changed, changes.new, changes.removed)))


def is_moved(old: Sequence[Script], new: Sequence[Script]) -> bool:
    """Return whether the scripts that are in both lists are in another order."""
    kept = [script.identity for script in old], [script.identity for script in new]
    return kept[0] != kept[1] and sorted(kept[0]) == sorted(kept[1])


def _names(before: Mapping[str, Any], after: Mapping[str, Any]) -> Names:
    return Names(
        tuple(name for name in after if name in before and after[name] != before[name]),
        tuple(name for name in after if name not in before),
        tuple(name for name in before if name not in after),
    )


def _without(scripts: Iterable[Script], others: Iterable[Script]) -> Iterator[Script]:
    """Yield the scripts that are not written alike in the other list, which may have one several times."""
    left = Counter(script.identity for script in others)
    for script in scripts:
        left[script.identity] -= 1
        if left[script.identity] < 0:
            yield script


def _keyed(scripts: Iterable[Script]) -> Iterator[tuple[str, Script]]:
    """Yield each script with its name, or with its file and its number among those of the file without a name."""
    count: dict[str, int] = {}
    for script in scripts:
        name = script.name if script.has_name else script.place.rpartition(":")[0]
        count[name] = count.get(name, 0) + 1
        yield f"{name}\n{count[name]}", script


def _listed(names: Sequence[str]) -> str:
    more = [f"{len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else []
    return ", ".join([*map(printable, names[:MOST_NAMES]), *more])
