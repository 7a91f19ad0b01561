"""Which requests a script for an operation matches."""

import pytest

from mockbot.errors import UserError
from mockbot.jsontext import JSON
from mockbot.script.calls import ApiRequest, as_text
from mockbot.script.model import Command, Script
from mockbot.script.scripts import Scripts
from mockbot.script.states import SIZE_LIMIT
from tests.script.requests import scripts

REQUEST = ApiRequest(
    "POST /things/{id}",
    {"id": "7"},
    {"page": ["2"], "tag": ["a", "b"], "live": ["true"], "empty": [""]},
    {"x-tenant": "acme"},
    {"name": "Rex", "age": 3, "ok": True, "owner": {"name": "Ada"}, "tags": ["x", "y"], "none": None},
)


@pytest.mark.parametrize(
    ("when", "matches"),
    [
        ("query: {page: 2}", True),
        ("query: {page: '2'}", True),
        ("query: {page: 2.0}", True),
        ("query: {page: 3}", False),
        ("query: {live: true}", True),
        ("query: {live: false}", False),
        ("query: {page: true}", False),
        ("query: {tag: b}", True),
        ("query: {tag: [a, b]}", True),
        ("query: {tag: [b, a]}", False),
        ("query: {tag: {regex: '^b'}}", True),
        ("query: {missing: null}", True),
        ("query: {page: null}", False),
        ("query: {empty: ''}", True),
        ("path: {id: '7'}", True),
        ("path: {id: 7}", True),
        ("header: {X-Tenant: {regex: '^a'}}", True),
        ("header: {x-tenant: {contains: cm}}", True),
        ("header: {X-Tenant: {equals: acme}}", True),
        ("header: {X-Other: null}", True),
        ("body: {name: {contains: e}}", True),
        ("body: {age: 3}", True),
        ("body: {age: 3.0}", True),
        ("body: {age: '3'}", False),
        ("body: {ok: true}", True),
        ("body: {ok: 1}", False),
        ("body: {age: {regex: '^[0-9]$'}}", True),
        ("body: {owner: {name: Ada}}", True),
        ("body: {owner: {name: Bob}}", False),
        ("body: {owner: {equals: {name: Ada}}}", True),
        ("body: {tags: [x, y]}", True),
        ("body: {tags: {contains: y}}", True),
        ("body: {tags: {'1': y}}", True),
        ("body: {none: null}", True),
        ("body: {other: null}", True),
        ("body: {name: Rex, age: 4}", False),
    ],
)
def test_conditions(when: str, matches: bool) -> None:
    known = Scripts(scripts(f"- when: {{operation: 'POST /things/{{id}}', {when}}}\n  answer: {{}}"))
    assert (known.reply(REQUEST) is not None) == matches


@pytest.mark.parametrize(
    ("body", "when", "matches"),
    [
        ("plain", "body: {contains: lai}", True),
        ("plain", "body: plain", True),
        ([1, 2], "body: [1, 2]", True),
        (None, "body: null", True),
        ({"a": 1}, "body: {equals: {a: 1}}", True),
        ({"a": 1}, "body: {equals: {}}", False),
    ],
)
def test_conditions_on_the_whole_body(body: JSON, when: str, matches: bool) -> None:
    known = Scripts(scripts(f"- when: {{operation: 'POST /a', {when}}}\n  answer: {{}}"))
    assert (known.reply(ApiRequest("POST /a", body=body)) is not None) == matches


def test_the_first_script_of_the_operation_that_is_not_used_up_and_whose_states_hold_is_played() -> None:
    known = Scripts(
        scripts(
            """
            - {name: chat, run: []}
            - {name: other, when: {operation: GET /b}, answer: {}}
            - {name: once, when: {operation: GET /a}, times: 1, sets: {door: open}, answer: {}}
            - {name: open, when: {operation: GET /a}, requires: {door: open}, sets: {door: shut}, answer: {}}
            - {name: rest, when: {operation: GET /a}, answer: {}}
            """
        )
    )
    played = [known.reply(ApiRequest("GET /a")) for _ in range(3)]
    assert [chosen and chosen.script.name for chosen in played] == ["once", "open", "rest"]
    assert known.reply(ApiRequest("GET /c")) is None


def test_a_near_miss_names_the_nearest_script_of_the_operation_only() -> None:
    known = Scripts(
        scripts(
            """
            - {name: chat, run: []}
            - {name: far, when: {operation: GET /a, query: {page: 1, size: 9}}, answer: {}}
            - {name: near, when: {operation: GET /a, query: {page: 2}}, answer: {}}
            - {name: elsewhere, when: {operation: GET /b}, answer: {}}
            """
        )
    )
    near = known.nearest_reply(ApiRequest("GET /a", query={"page": ["3"]}))
    assert str(near) == (
        "the nearest script is 'near' (scripts.yaml:4): its query/page asks for 2, the request has \"3\""
    )
    assert known.nearest_reply(ApiRequest("GET /c")) is None


def test_a_script_is_played_by_its_name_whatever_its_conditions() -> None:
    known = Scripts(
        scripts(
            "- {name: s, when: {operation: GET /a, query: {q: {regex: '(?P<word>x)'}}}, requires: {a: b}, answer: {}}"
        )
    )
    chosen = known.play("s", ApiRequest("GET /a"))
    assert chosen
    assert (chosen.groups, chosen.number) == ({"word": ""}, 1)
    assert known.play("s", ApiRequest("GET /b")) is None


def test_added_scripts_are_weighed_with_the_bytes_of_their_answers() -> None:
    text = "- {name: a, when: {operation: GET /a}, answer: {base64: %s}}"
    small, large = scripts(text % ("QUJD" * 10)), scripts(text % ("QUJD" * 10_000))
    known = Scripts(small)
    assert known.size == 0  # all worlds share the scripts of the start
    known.add(*small)
    before = known.size
    known.add(*large)
    assert before + 70_000 <= known.size <= before + 76_000
    known.clear()
    assert known.size == 0


def test_the_bytes_of_added_scripts_are_limited() -> None:
    known, large = Scripts(), Script("a", Command(), written="x" * 40_000_000)
    known.add(large)
    with pytest.raises(UserError, match="67108864 bytes of added scripts at most; remove some first"):
        known.add(large)
    assert len(known) == 1
    small = Scripts()
    small.add(Script("b", Command(), written="xx"))
    rest = SIZE_LIMIT - known.size - small.size + len("xx")
    with pytest.raises(UserError, match="bytes of added scripts"):
        known.add(Script("b", Command(), written="x" * (rest + 1)))
    known.add(Script("b", Command(), written="x" * rest))
    assert (len(known), known.size) == (2, SIZE_LIMIT)


def test_a_list_is_written_as_texts_once_for_all_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    written = list[JSON]()

    def counted(value: JSON) -> str:
        written.append(value)
        return as_text(value)

    monkeypatch.setattr("mockbot.script.calls.as_text", counted)
    request = ApiRequest("POST /things/{id}", body={"tags": [{"a": number} for number in range(5)]})
    operation = "{operation: 'POST /things/{id}', body: {tags: {contains: zz%d}}}"
    given = Scripts(scripts("".join(f"- {{when: {operation % number}, answer: {{}}}}\n" for number in range(9))))
    assert given.reply(request) is None
    assert len(written) == 5
