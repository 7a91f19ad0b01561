"""Hypothesis strategies for what an operation of any document answers: values and events that the contract allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mockbot.app import profile_for
from mockbot.behaviour import Behaviour, script_of
from mockbot.errors import UserError
from mockbot.fault.fault import Fault
from mockbot.fuzz.classes.framing import CLASSES as FRAMING
from mockbot.fuzz.strategies import faults
from mockbot.generic.accept import is_json
from mockbot.generic.examples import Examples
from mockbot.jsontext import JSON
from mockbot.profile import Profile
from mockbot.sample.dynamic import Dynamic
from mockbot.sample.instance import Made
from mockbot.settings import Settings
from mockbot.sse import EVENT_STREAM
from mockbot.wording import near

SEEDS = 10_000
"""How many different values are drawn for one schema."""
MOST_EVENTS = 4
LEGAL = sorted({fault.name for each in FRAMING if each.kind == "legal" for b in each.behaviours for fault in b.faults})
"""The faults that leave the events of a stream as they are."""


def responses(operation: str, **settings: Any) -> SearchStrategy[Behaviour]:
    """Return a strategy for behaviours that answer `operation`, such as `GET /pets`, with any value that fits.

    A stream has up to four events that fit the contract. `settings` are those of `mockbot serve`, such as `spec`.
    Raise UserError if the document has no such operation, or no JSON for it.
    """
    profile = profile_for(Settings(**settings))
    schema, streams = _schema(profile, operation)
    values = Dynamic(profile.document.effective, Examples(profile.document, profile.contract.validation).instances)

    def value(seed: int) -> JSON:
        made = values.value(schema, str(seed))
        return _escaped(made.value) if isinstance(made, Made) else None

    def behaviour(drawn: list[JSON]) -> Behaviour:
        when: JSON = {"operation": operation}
        sent: Mapping[str, JSON] = (
            {"when": when, "events": [{"data": each} for each in drawn]}
            if streams
            else {"when": when, "answer": {"status": 200, "json": drawn[0]}}
        )
        return Behaviour(script=script_of(sent), operation=operation)

    drawn = st.lists(st.integers(0, SEEDS).map(value), min_size=1, max_size=MOST_EVENTS if streams else 1)
    return drawn.map(behaviour)


@st.composite
def streams(draw: st.DrawFn, /, script: Mapping[str, JSON] | str, **settings: Any) -> Behaviour:
    """Return a strategy for the same events in any framing that is legal.

    `script` is a script as in a script file, or the name of an operation whose events the contract describes.
    """
    if isinstance(script, str):
        behaviour = draw(responses(script, **settings))
    else:
        behaviour = Behaviour(script=script_of(script, profile_for(Settings(**settings)).contract))
    drawn: list[Fault] = draw(st.lists(faults(LEGAL).filter(lambda fault: fault.kind == "legal"), max_size=3))
    return Behaviour(behaviour.script, tuple(drawn), behaviour.operation)


def _schema(profile: Profile, name: str) -> tuple[Any, bool]:
    """Return the schema of a successful response of an operation, or of one event, and whether it is a stream."""
    known = profile.contract.operations.by_name
    if name not in known:
        raise UserError(f"there is no operation {name!r} in the document; {near(name, known)}")
    document = profile.document
    for code, written in sorted((known[name].definition.get("responses") or {}).items()):
        content = document.resolved(written).get("content") or {} if str(code).startswith("2") else {}
        for media_type, reference in content.items():
            media = document.resolved(reference)
            if media_type.startswith(EVENT_STREAM):
                return media.get("itemSchema", media.get("schema", True)), True
            if is_json(media_type):
                return media.get("schema", True), False
    raise UserError(f"{name}: the document describes no JSON and no events for it")


def _escaped(value: JSON) -> JSON:
    """Return a value with its braces doubled, because scripts have placeholders."""
    if isinstance(value, dict):
        return {key: _escaped(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    return value.replace("{", "{{").replace("}", "}}") if isinstance(value, str) else value
