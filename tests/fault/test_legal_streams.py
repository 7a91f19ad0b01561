"""With any legal faults of framing, any parameters and any chunks, a parser reads the same events.

Apart from what the faults add: events, white space around the data, and the fields beside it.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mockbot.fault.catalogue import CATALOGUE, BareField, ColonSpace
from mockbot.fault.fault import Fault
from mockbot.fault.parameters import Parameter, parameters
from mockbot.sse import Event, Parser
from tests.fault.streams import Messages, bent, stream

LEGAL = [
    "line_ends",
    "bom",
    "comments",
    "heartbeats",
    "colon_space",
    "trailing_space",
    "bare_field",
    "data_lines",
    "event_id",
    "event_name",
    "event_retry",
    "unknown_field",
    "metadata_block",
    "empty_event",
    "split_chunks",
    "join_chunks",
    "linger",
    "extra_event",
    "repeat_event",
]
HOLDING = ("join_chunks",)
"""The faults that keep complete events for later."""
FIELDS = ("event_id", "event_name", "event_retry", "metadata_block", "extra_event", "repeat_event", "empty_event")
EXTRA = '"extra"'
CHARACTERS = st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])


def values(fault: type[Fault], parameter: Parameter) -> st.SearchStrategy[Any]:
    if fault.name == "extra_event" and parameter.name == "data":
        return st.sampled_from(["", EXTRA])
    drawn: st.SearchStrategy[Any]
    if parameter.choices:
        drawn = st.sampled_from(parameter.choices)
    elif parameter.kind is bool:
        drawn = st.booleans()
    elif parameter.kind is str:
        drawn = st.text(CHARACTERS, max_size=4).filter(lambda text: parameter.mistake(text) is None)
    else:
        least = parameter.range.least if parameter.range else 0
        most = min(parameter.range.most if parameter.range else 9, least + 9)
        drawn = st.integers(least, most).map(parameter.kind)
    return st.one_of(drawn, st.none()) if parameter.nullable else drawn


def faults(names: Sequence[str]) -> st.SearchStrategy[Fault]:
    def built(fault: type[Fault]) -> st.SearchStrategy[Fault]:
        build: Callable[..., Fault] = fault
        return st.builds(build, **{each.name: values(fault, each) for each in parameters(fault)})

    return st.one_of([built(CATALOGUE[name]) for name in names])


TEXTS = st.text(st.sampled_from('a "\\,:[]{}\u2028é🙂\n')) | st.text(CHARACTERS)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def events(draw: st.DrawFn) -> list[bytes]:
    """Return frames of events, whose data are different JSON values, with other fields and comments."""
    frames = []
    for at, value in enumerate(draw(st.lists(JSONS, max_size=4))):
        lines = draw(st.lists(st.sampled_from(["id: 7", "event: other", "retry: 5", ": note", "unknown", "id"])))
        lines.insert(draw(st.integers(0, len(lines))), f"data: {json.dumps([at, value], ensure_ascii=False)}")
        frames.append(("\n".join(lines) + "\n\n").encode())
    return frames


def cut(data: st.DataObject, frames: list[bytes]) -> Messages:
    """Return the frames as a stream, in the same chunks or in any others."""
    whole = b"".join(frames)
    if data.draw(st.booleans()):
        return stream(*frames)
    cuts = sorted(data.draw(st.sets(st.integers(1, max(len(whole) - 1, 1)), max_size=9)))
    return stream(*(whole[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)))


def read(messages: Messages) -> list[Event]:
    parser = Parser()
    return [
        event
        for message in messages
        if message["type"] == "http.response.body"
        for event in parser.feed(message["body"])
    ]


def content(read: list[Event]) -> list[Any]:
    """Return the values of the events, without those that faults add."""
    found = [json.loads(event.data) for event in read if event.data.strip() not in ("", EXTRA)]
    return [value for at, value in enumerate(found) if found[at - 1 : at] != [value]]


@given(events(), st.lists(faults(LEGAL), min_size=1, max_size=2), st.data())
def test_a_parser_reads_the_same_values(frames: list[bytes], chosen: list[Fault], data: st.DataObject) -> None:
    given = left = cut(data, frames)
    for fault in chosen:
        left = bent(fault, left)
    assert content(read(left)) == content(read(given))
    bodies = [message for message in left if message["type"] == "http.response.body"]
    assert [message["more_body"] for message in bodies] == [True] * (len(bodies) - 1) + [False]


def changes_fields(fault: Fault) -> bool:
    match fault:
        case BareField(field):
            return field != "data"
        case ColonSpace(spaces):
            return spaces > 1
    return fault.name in FIELDS


@given(events(), st.lists(faults(LEGAL), min_size=1, max_size=2), st.data())
def test_a_parser_reads_the_same_fields_beside_the_data(
    frames: list[bytes], chosen: list[Fault], data: st.DataObject
) -> None:
    assume(not any(map(changes_fields, chosen)))
    given = left = cut(data, frames)
    for fault in chosen:
        left = bent(fault, left)
    assert [(each.event, each.id, each.retry) for each in read(left)] == [
        (each.event, each.id, each.retry) for each in read(given)
    ]


@given(events(), faults([name for name in LEGAL if name not in HOLDING]), st.data())
def test_an_event_is_sent_as_soon_as_it_is_complete(frames: list[bytes], fault: Fault, data: st.DataObject) -> None:
    begun = cut(data, frames)[:-1]
    assert content(read(bent(fault, begun))) == content(read(begun))


@pytest.mark.parametrize("name", LEGAL)
def test_they_are_legal_and_show_the_same(name: str) -> None:
    fault = CATALOGUE[name]()
    assert (fault.kind, fault.expects) == ("legal", "same")
    assert fault.rule.startswith(("WHATWG HTML 9.2.", "RFC 9112 7.1: "))


@pytest.mark.parametrize(("name", "kind"), [("bad_utf8", "violation"), ("no_blank_line", "disputed")])
def test_others_may_show_an_error_or_not(name: str, kind: str) -> None:
    fault = CATALOGUE[name]()
    assert (fault.kind, fault.expects) == (kind, "either")
    assert fault.rule.startswith("WHATWG HTML 9.2.")
