"""Known deviations of a server from its contract: a profile's deviations.yaml."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from mockbot import source
from mockbot.contract.formats import check
from mockbot.contract.media_types import parse_content_type
from mockbot.dataclass import dataclass
from mockbot.errors import UserError
from mockbot.expression import Expression, ExpressionError, expression
from mockbot.source import Source
from mockbot.verify.client import allowed
from mockbot.violation import Violation

ACCEPTED = "negative_data_rejection"
"""The check that reports accepted invalid requests; deviations must explain every violation of such a request."""


@dataclass(frozen=True, slots=True)
class Breach:
    """Violations that a request may have: a part of it, a JSON pointer and a rule."""

    part: str
    at: Expression
    rule: Expression

    def fits(self, violation: Violation) -> bool:
        """Return whether `violation` is one of them."""
        return bool(violation.part == self.part and self.at.fits(violation.at) and self.rule.fits(violation.rule))


@dataclass(frozen=True, slots=True)
class Interaction:
    """A request and its response, for which a check failed."""

    operation: str
    method: str
    """As sent; it can differ from the operation's."""
    violations: Sequence[Violation]
    """The violations in the request."""
    status: int
    headers: Mapping[str, str]
    """Of the response, names in lower case."""
    body: bytes
    """Of the response."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """One deviation of the server, and the findings that it explains."""

    name: str
    description: str
    shown_by: str
    """The name of the recorded exchange that shows it."""
    checks: frozenset[str]
    operations: frozenset[str]
    methods: frozenset[str]
    breaches: tuple[Breach, ...]
    answer: Mapping[str, Any]

    def applies(self, checks: Sequence[str], interaction: Interaction) -> bool:
        """Return whether one of `checks` is meant, and the response is the known one."""
        return (
            not self.checks.isdisjoint(checks)
            and (not self.operations or interaction.operation in self.operations)
            and (not self.methods or interaction.method in self.methods)
            and _answers(self.answer, interaction)
        )

    @property
    def refuses(self) -> bool:
        """Return whether the response is an error envelope: the server did not look at further violations then."""
        return "message" in self.answer

    def covers(self, violation: Violation) -> bool:
        """Return whether it explains the server's response to a request with `violation`."""
        return not self.breaches or any(breach.fits(violation) for breach in self.breaches)


@dataclass(slots=True)
class Deviations:
    """The known deviations of one server, and how often each occurred."""

    known: tuple[Deviation, ...] = ()
    met: Counter[str] = field(default_factory=Counter)

    def explain(self, checks: Sequence[str], interaction: Interaction) -> bool:
        """Return whether known deviations explain a failure of one of `checks`, and count these deviations."""
        applying = [deviation for deviation in self.known if deviation.applies(checks, interaction)]
        violations = interaction.violations
        whole = [each for each in applying if not each.breaches or (each.refuses and any(map(each.covers, violations)))]
        used = whole[:1] or [each for each in applying if any(map(each.covers, violations))]
        if not whole and ACCEPTED in checks and not all(any(d.covers(v) for d in used) for v in violations):
            return False
        self.met.update(deviation.name for deviation in used)
        return bool(used)

    def counts(self) -> dict[str, int]:
        """Return how often each occurred, in the order of the file."""
        return {deviation.name: self.met[deviation.name] for deviation in self.known}


def load_deviations(path: Path | None) -> Deviations:
    """Return the deviations in a file, or none without a path. Raise UserError if the file does not fit its schema."""
    return Deviations() if path is None else read_deviations(source.load(path))


def read_deviations(given: Source) -> Deviations:
    """Return the deviations in a file. Raise UserError if it does not fit its schema or has an invalid expression."""
    check(given, "deviations")
    value: Any = given.value
    return Deviations(
        tuple(_deviation(each, given, f"/deviations/{index}") for index, each in enumerate(value["deviations"]))
    )


def _deviation(value: Mapping[str, Any], given: Source, place: str) -> Deviation:
    checks, operations, methods = (frozenset(value.get(key, ())) for key in ("checks", "operations", "methods"))
    breaches = tuple(
        Breach(
            each["in"],
            _expression(each.get("at", ""), given, f"{place}/request/{index}/at"),
            _expression(each["rule"], given, f"{place}/request/{index}/rule"),
        )
        for index, each in enumerate(value.get("request", ()))
    )
    answer = {
        key: _expression(each, given, f"{place}/answer/{key}", key == "message")
        if key in ("allow", "message")
        else each
        for key, each in value["answer"].items()
    }
    described = value["name"], value["description"], value["shown_by"]
    return Deviation(*described, checks, operations, methods, breaches, answer)


def _expression(text: str, given: Source, at: str, dot_all: bool = False) -> Expression:
    try:
        return expression(text, dot_all)
    except ExpressionError as error:
        raise UserError(f"{given.place(at)}: {at}: {error}") from None


def _answers(wanted: Mapping[str, Any], given: Interaction) -> bool:
    media_type = parse_content_type(given.headers.get("content-type", ""))[0]
    if given.status != wanted["status"] or media_type != wanted["type"]:
        return False
    if "allow" in wanted and not wanted["allow"].fits(allowed(given.headers.get("allow", ""))):
        return False
    if "text" in wanted and not (given.body.startswith(wanted["text"].encode()) if wanted["text"] else not given.body):
        return False
    return all(_envelope(given.body, wanted, key) for key in ("message", "ok") if key in wanted)


def _envelope(body: bytes, wanted: Mapping[str, Any], key: str) -> bool:
    try:
        value = json.loads(body)
    except ValueError:
        return False
    if not isinstance(value, dict) or set(value) | {"data"} != {"status", "message", "data"}:
        return False
    if key == "ok":
        return bool(value["status"] == "ok") and "data" in value
    is_error = value["status"] == "error" and value.get("data") is None and isinstance(value["message"], str)
    return is_error and bool(wanted["message"].fits(value["message"]))
