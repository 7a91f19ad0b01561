"""Hypothesis strategies: faults from their parameters, scripts, and behaviours made of both."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mockbot.behaviour import Behaviour, script_of
from mockbot.fault.catalogue import CATALOGUE
from mockbot.fault.fault import Fault
from mockbot.fault.parameters import Parameter, parameters
from mockbot.jsontext import JSON

MOST_FAULTS = 3
MOST_SECONDS = 0.02
LARGEST = 100_000
"""The largest number that is drawn for a parameter, such as the size of an event."""
TEXTS = ("", "1", "-1", "soon", "ä", "\u2028", "a: b", "text/event-stream", "application/json", "x" * 300)
EVENTS = (
    '{"type": "mockbot_unknown", "data": null}',
    '{"type": "mockbot_unknown", "data": {"a": [1, "b"]}}',
    '{"type": "error", "data": "no", "streaming": false}',
)
"""What is drawn for the data of an event, which a client may expect to be an object."""
WORDS = st.text(st.sampled_from('ab :\n\r\u2028\u0085é你🙂\\"{}'), min_size=1, max_size=6).map(
    lambda text: text.replace("{", "{{").replace("}", "}}")
)
"""Texts of scripts, in which braces are doubled."""


def faults(names: Collection[str] | None = None) -> SearchStrategy[Fault]:
    """Return a strategy for faults, of these names or of any; pauses are short."""
    chosen = [fault for name, fault in CATALOGUE.items() if names is None or name in names]
    return st.one_of(*map(_fault, chosen)) if chosen else st.nothing()


def scripts() -> SearchStrategy[Mapping[str, JSON]]:
    """Return a strategy for what the agent does in a chat, as a script has it."""
    say: SearchStrategy[JSON] = st.lists(WORDS, min_size=1, max_size=3).map(lambda texts: {"say": [*texts]})
    reason: SearchStrategy[JSON] = WORDS.map(lambda text: {"reason": text})
    call: SearchStrategy[JSON] = WORDS.map(lambda text: {"call": {"tool": "look", "args": {"q": text}, "result": text}})
    fail: JSON = {"fail": {"status": 503, "message": "The model is overloaded"}}
    steps = st.lists(st.one_of(say, reason, call), min_size=1, max_size=3)
    return st.tuples(steps, st.booleans()).map(lambda drawn: {"run": [*drawn[0], *([fail] if drawn[1] else [])]})


@st.composite
def behaviours(draw: st.DrawFn, names: Collection[str] | None = None, *, chats: bool = True) -> Behaviour:
    """Return a strategy for behaviours, in swarms: a random subset of the faults, then some of them, then a script.

    `names` are the names of the faults to choose from, by default all; `chats` is whether there are scripts for a chat.
    """
    known = sorted(CATALOGUE if names is None else names)
    swarm = draw(st.sets(st.sampled_from(known), min_size=1, max_size=5)) if known else set()
    drawn = draw(st.lists(faults(swarm), max_size=MOST_FAULTS)) if swarm else []
    written = draw(st.one_of(st.none(), scripts())) if chats else None
    return Behaviour(script=None if written is None else script_of(written), faults=tuple(drawn))


def legal_behaviours(names: Collection[str] | None = None, *, chats: bool = True) -> SearchStrategy[Behaviour]:
    """Return a strategy for behaviours that every client must expect."""
    return behaviours(names, chats=chats).filter(lambda behaviour: behaviour.kind == "legal")


def _fault(fault: type[Fault]) -> SearchStrategy[Fault]:
    given: dict[str, SearchStrategy[Any]] = {each.name: _values(each) for each in parameters(fault)}
    return st.builds(fault, **given)


def _values(parameter: Parameter) -> SearchStrategy[Any]:
    found = st.one_of(*([] if parameter.required else [st.just(parameter.default)]), _drawn(parameter))
    if parameter.kind is float:
        found = _drawn(parameter)
    return st.one_of(found, st.none()) if parameter.nullable else found


def _drawn(parameter: Parameter) -> SearchStrategy[Any]:
    least = parameter.range.least if parameter.range else 0
    most = parameter.range.most if parameter.range else LARGEST
    if parameter.choices:
        return st.sampled_from(parameter.choices)
    if isinstance(parameter.default, str) and parameter.default.startswith("{"):
        return st.sampled_from(EVENTS)
    if parameter.kind is bool:
        return st.booleans()
    if parameter.kind is float:
        return st.floats(max(least, 0), min(most, MOST_SECONDS), allow_subnormal=False)
    if parameter.kind is int:
        near = st.integers(least, min(most, least + 6))
        far = st.integers(least, min(most, max(least, LARGEST)))
        return st.one_of(near, far)
    return st.sampled_from([text for text in TEXTS if parameter.mistake(text) is None] or ["x" * least])
