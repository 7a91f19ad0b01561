"""How much of long texts the conditions of many scripts search in one request."""

import pytest

from mockbot.matching import Matcher, matcher
from mockbot.script.calls import ApiRequest, CallWhen, Condition
from mockbot.script.when import ChatRequest, When

LONG = "x" * 100 + "needle"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbot.matching.MOST_SEARCHED", 3 * len(LONG))
    monkeypatch.setattr("mockbot.matching.BEGINNING", 100)


NEEDLE = [matcher("contains", "needle"), matcher("regex", "need(?P<rest>le)")]
BEGINNING = [matcher("contains", "xx"), matcher("regex", "^x")]


@pytest.mark.parametrize("needle", NEEDLE)
@pytest.mark.parametrize("beginning", BEGINNING)
def test_a_few_conditions_on_a_message_search_all_of_it(needle: Matcher, beginning: Matcher) -> None:
    request = ChatRequest(LONG, "ada", "s", "u")
    found = [When(message=needle).groups(request, False) is not None for _ in range(5)]
    assert found == [True, True, True, False, False]
    assert When(message=beginning).groups(request, False) is not None
    assert When(message=needle).groups(ChatRequest(LONG, "ada", "s", "u"), False) is not None


@pytest.mark.parametrize("needle", NEEDLE)
@pytest.mark.parametrize("beginning", BEGINNING)
def test_a_few_conditions_on_an_operation_search_all_of_its_body(needle: Matcher, beginning: Matcher) -> None:
    request = ApiRequest("op", body={"a": LONG})

    def fits(wanted: Matcher) -> bool:
        return CallWhen("op", (Condition("body", ("a",), wanted),)).groups(request) is not None

    assert [fits(needle) for _ in range(5)] == [True, True, True, False, False]
    assert fits(beginning)


@pytest.mark.parametrize("wanted", [matcher("equals", LONG), matcher("command", "x" * 100 + "needle")])
def test_other_conditions_look_at_the_whole_text(wanted: Matcher) -> None:
    request = ChatRequest(LONG, "ada", "s", "u")
    assert all(When(message=wanted).groups(request, False) is not None for _ in range(9))


def test_short_texts_are_always_searched() -> None:
    request = ChatRequest("x" * 94 + "needle", "ada", "s", "u")
    assert all(When(message=NEEDLE[0]).groups(request, False) is not None for _ in range(99))
