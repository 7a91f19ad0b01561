from time import process_time
from typing import Any

import pytest

from mockbot.matching import Matcher, Miss
from mockbot.script.when import ChatRequest, When
from tests.script.requests import asked, scripts


def fits(when: str, request: ChatRequest, kind: str = "run") -> bool:
    (script,) = scripts(f"- when: {when}\n  {kind}: []")
    return script.when.groups(request, script.is_command) is not None


@pytest.mark.parametrize("message", ["pplain", "/pplain", "pplain a b", "/pplain  a", "/ pplain", "  pplain"])
def test_a_command_matches_the_first_words_with_and_without_a_slash(message: str) -> None:
    assert fits("{message: {command: pplain}}", asked(message))


@pytest.mark.parametrize("message", ["//pplain", "pplainly", "do pplain", "/", ""])
def test_a_command_matches_no_other_message(message: str) -> None:
    assert not fits("{message: {command: pplain}}", asked(message))


def test_a_command_may_have_several_words() -> None:
    assert fits("{message: {command: plugin ls}}", asked("/plugin   ls all"))


@pytest.mark.parametrize(
    ("when", "message", "fit"),
    [
        ("hello", "hello", True),
        ("hello", "/hello", True),
        ("hello", "hello!", False),
        ("/hello", "/hello", True),
        ("/hello", "hello", False),
        ("{contains: '[tool]'}", "please do [tool] [notitle]", True),
        ("{contains: '[tool]'}", "[toolerr]", False),
        ("{regex: '^b'}", "/bc", True),
        ("{regex: '^b'}", "abc", False),
    ],
)
def test_a_message_is_tried_as_sent_and_without_one_slash(when: str, message: str, fit: bool) -> None:
    assert fits(f"{{message: {when}}}", asked(message)) is fit


def test_a_command_script_is_tried_with_a_slash_added_too() -> None:
    assert fits("{message: /report}", asked("report"), "command")
    assert not fits("{message: /report}", asked("report"), "run")


def test_named_groups_of_all_regexes_are_kept() -> None:
    (script,) = scripts(
        "- {when: {message: {regex: 'in (?P<city>[A-Z]\\w+)(?P<no>x)?'}, username: {regex: '(?P<first>.)'}}, run: []}"
    )
    assert script.when.groups(asked("rain in Rome"), False) == {"city": "Rome", "no": "", "first": "a"}


@pytest.mark.parametrize(
    ("when", "fields", "fit"),
    [
        ("{username: alice}", {}, True),
        ("{username: {regex: '^a'}, session_id: {contains: s}}", {}, True),
        ("{username: {regex: '^b'}}", {}, False),
        ("{config_id: default, provider: '', model: ''}", {}, True),
        ("{attachments: [image]}", {"attachments": ("file", "image")}, True),
        ("{attachments: [image, image]}", {"attachments": ("file", "image")}, False),
        ("{attachments: []}", {}, True),
        ("{attachments: {count: 0}}", {"attachments": ("file",)}, False),
        ("{attachments: {count: 1}}", {"attachments": ("file",)}, True),
        ("{turn: 2}", {"turn": 2}, True),
        ("{turn: 2}", {"turn": 1}, False),
        ("{streaming: false}", {}, False),
        ("{streaming: false}", {"streaming": False}, True),
        ("{admin: true}", {"admin": True}, True),
        ("{}", {}, True),
    ],
)
def test_every_field_must_match(when: str, fields: dict[str, Any], fit: bool) -> None:
    assert fits(when, asked(**fields)) is fit


def test_misses_have_the_expected_and_the_actual_value() -> None:
    (script,) = scripts("- {when: {message: hi, username: alice, attachments: [image], turn: 2}, run: []}")
    assert script.when.misses(asked(), False) == [
        Miss("message", {"equals": "hi"}, "hello"),
        Miss("attachments", ["image"], []),
        Miss("turn", 2, 1),
    ]


def test_a_miss_shows_the_number_of_attachments_and_not_a_command_that_fits() -> None:
    (script,) = scripts("- {when: {message: /hi, attachments: {count: 2}}, run: []}")
    assert script.when.misses(asked(message="hi"), True) == [Miss("attachments", {"count": 2}, [])]
    assert len(script.when) == 2


def test_a_typing_mistake_is_a_closer_miss_than_another_word() -> None:
    assert (
        Miss("message", {"equals": "hello"}, "helo").closeness()
        > Miss("message", {"equals": "bye"}, "helo").closeness()
    )
    assert Miss("turn", 1, 2).closeness() == 0


def test_closeness_is_from_0_to_1() -> None:
    texts = [("hello", "hello"), ("ab", "ac"), ("", ""), ("a", "b"), ("x" * 200 + "a", "x" * 200 + "b")]
    found = [Miss("message", {"equals": one}, other).closeness() for one, other in texts]
    assert found == [1.0, pytest.approx(1 / 3), 1.0, 0.0, 1.0]
    assert Miss("turn", {"equals": "1"}, 1).closeness() == 0.0
    assert Miss("message", "hello", "hello").closeness() == 0.0
    assert Miss("/message", {"a": "hello", "b": 1}, "hello").closeness() == 0.0
    assert Miss("/message", {}, "hello").closeness() == 0.0


def test_the_closeness_of_a_miss_costs_little_for_long_texts() -> None:
    begin = process_time()
    for _ in range(200):
        Miss("message", {"equals": "ab" * 10_000}, "a" * 20_000).closeness()
    assert process_time() - begin < 1


def test_matching_takes_linear_time() -> None:
    begin = process_time()
    for regex in ("^(a+)+$", "(a|a)*b$", "(?P<x>(.*)*)!$"):
        fits(f"{{message: {{regex: '{regex}'}}}}", asked("a" * 50_000 + "?"))
    assert process_time() - begin < 2


def test_regular_expressions_are_tried_after_everything_else_and_once_for_each_text() -> None:
    tried: list[str] = []

    class Counted:
        names = ("who",)

        def groups(self, text: str) -> dict[str, str]:
            tried.append(text)
            return {"who": text}

    regex = Matcher("regex", "(?P<who>.*)", Counted())  # type: ignore[arg-type]
    when = When(message=regex, username=Matcher("equals", "bob"), turn=2)
    assert when.groups(asked("hi", username="bob"), command=False) is None
    assert when.groups(asked("hi", turn=2), command=False) is None
    assert tried == []
    assert when.groups(asked("hi", username="bob", turn=2), command=True) == {"who": "hi"}
    assert tried == ["hi"]
    missed = Matcher("regex", "never", type("Never", (), {"groups": lambda _, text: tried.append(text)})())
    assert When(message=missed).groups(asked("hi"), command=True) is None
    assert tried == ["hi", "hi", "/hi"]
