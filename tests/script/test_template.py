from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.jsontext import JSON
from mockbot.script.template import MOST, Filling, TooLong, fill, fill_all, mistakes


def test_a_placeholder_is_replaced_and_may_be_cut() -> None:
    values: dict[str, Callable[[], str]] = {"message": lambda: "hello", "n": lambda: "7"}
    assert fill("{n}: {message} {message:2}", values) == "7: hello he"


def test_double_braces_are_plain_ones() -> None:
    assert fill('{{"k": {{}}}}', {}) == '{"k": {}}'


def test_each_occurrence_computes_its_value() -> None:
    ids = iter("ab")
    assert fill("{uuid}{uuid}", {"uuid": lambda: next(ids)}) == "ab"


def test_a_filled_value_is_not_filled_again() -> None:
    assert fill("{message}", {"message": lambda: "{n} {{"}) == "{n} {{"


def test_every_string_of_a_json_value_is_filled_but_no_key() -> None:
    assert fill_all({"{n}": ["{n}", 1, None, {"a": "{n}"}]}, {"n": lambda: "7"}) == {"{n}": ["7", 1, None, {"a": "7"}]}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("{n} {{x}} {n:3}", []),
        ({"a/b": ["ok", "{typo}"]}, [("/a~1b/1", "there is no placeholder {typo}; known are {n} (write")]),
        ("a {", [("", "a single '{'; write {{ for a plain brace")]),
        ('{"k": 1}', [("", "a single '{'"), ("", "a single '}'")]),
        ("{n!r}", [("", "a single '{'"), ("", "a single '}'")]),
    ],
)
def test_an_unknown_placeholder_or_a_single_brace_is_a_mistake(value: JSON, found: list[tuple[str, str]]) -> None:
    reported = list(mistakes(value, {"n"}))
    assert [at for at, _ in reported] == [at for at, _ in found]
    assert all(sentence.startswith(start) for (_, sentence), (_, start) in zip(reported, found, strict=True))


@given(st.text("{}n: 1a", max_size=12))
def test_a_text_without_mistakes_can_always_be_filled(text: str) -> None:
    if not list(mistakes(text, {"n"})):
        fill(text, {"n": lambda: "7"})


@given(st.text(max_size=12))
def test_doubled_braces_are_filled_as_plain_ones_in_any_text(text: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert list(mistakes(doubled, ())) == []
    assert fill(doubled, {}) == text


def test_the_values_in_one_response_are_bounded() -> None:
    values = Filling({"message": lambda: "x" * (MOST // 2)})
    assert len(fill("{message}{message:100}", values)) == MOST // 2 + 100
    assert fill("{{", values) == "{"
    with pytest.raises(TooLong, match="more than 16777216 characters; use fewer of them"):
        fill_all(["{message:10}", "{message}"], values)
