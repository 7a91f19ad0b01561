import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbot.script.template import fill, fill_all, mistakes


def test_a_placeholder_is_replaced_and_may_be_cut():
    values = {"message": lambda: "hello", "n": lambda: "7"}
    assert fill("{n}: {message} {message:2}", values) == "7: hello he"


def test_double_braces_are_plain_ones():
    assert fill('{{"k": {{}}}}', {}) == '{"k": {}}'


def test_each_occurrence_asks_again():
    ids = iter("ab")
    assert fill("{uuid}{uuid}", {"uuid": lambda: next(ids)}) == "ab"


def test_a_filled_value_is_not_filled_again():
    assert fill("{message}", {"message": lambda: "{n} {{"}) == "{n} {{"


def test_every_string_of_a_json_value_is_filled_but_no_key():
    assert fill_all({"{n}": ["{n}", 1, None, {"a": "{n}"}]}, {"n": lambda: "7"}) == {"{n}": ["7", 1, None, {"a": "7"}]}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("{n} {{x}} {n:3}", []),
        ({"a/b": ["ok", "{typo}"]}, [("/a~1b/1", "nothing fills the placeholder {typo}; there are {n}")]),
        ("a {", [("", "a lone '{'; write {{ for a plain brace")]),
        ('{"k": 1}', [("", "a lone '{'"), ("", "a lone '}'")]),
        ("{n!r}", [("", "a lone '{'"), ("", "a lone '}'")]),
    ],
)
def test_what_nothing_will_fill_is_a_mistake(value, found):
    complaints = list(mistakes(value, {"n"}))
    assert [at for at, _ in complaints] == [at for at, _ in found]
    assert all(sentence.startswith(start) for (_, sentence), (_, start) in zip(complaints, found, strict=True))


@given(st.text("{}n: 1a", max_size=12))
def test_a_text_without_mistakes_can_always_be_filled(text):
    if not list(mistakes(text, {"n"})):
        fill(text, {"n": lambda: "7"})


@given(st.text(max_size=12))
def test_any_text_with_its_braces_doubled_is_itself(text):
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert list(mistakes(doubled, ())) == []
    assert fill(doubled, {}) == text
