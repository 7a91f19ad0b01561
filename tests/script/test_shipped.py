from functools import cache
from typing import Any

import pytest

from mockbot import resources
from mockbot.script.load import load
from mockbot.script.model import Script
from mockbot.script.scripts import Scripts
from tests.script.requests import asked


@cache
def shipped(file: str) -> tuple[Script, ...]:
    return load(resources.fixtures(f"scripts/{file}"))


def chosen(file: str, message: str, **fields: Any) -> str | None:
    found = Scripts(shipped(file)).choose(asked(message, **fields))
    return None if found is None else found.script.name


@pytest.mark.parametrize(
    ("message", "fields", "name"),
    [
        ("What is the weather in Paris?", {}, "weather"),
        ("think about it", {}, "think"),
        ("/help", {}, "help"),
        ("report", {}, "report"),
        ("/photo please", {}, "photo"),
        ("fail", {}, "broken-upstream"),
        ("a slow one", {}, "slow"),
        ("separators", {}, "separators"),
        ("look", {"attachments": ("image",)}, "picture"),
        ("Hi there", {}, "greeting"),
        ("Hi there", {"turn": 2}, None),
    ],
)
def test_the_default_scripts(message: str, fields: dict[str, Any], name: str | None) -> None:
    assert chosen("default.yaml", message, **fields) == name


def test_the_default_title() -> None:
    assert Scripts(shipped("default.yaml")).title(asked()) == "A chat with alice"


TAGS = (
    "echo dump reasoning both think unicode newlines empty spaces slow idle5 idle burst long http500 http401 http429 "
    "http400 midfail contentfilter nousage ref tool tooltext toolreason tool2 toolchain toolerr toolnone tooldirect "
    "toolmissing toolimg toolslow sendmsg sendimg sendrec sendfile"
)


@pytest.mark.parametrize("tag", TAGS.split())
def test_each_tag_of_the_recorded_model(tag: str) -> None:
    assert chosen("astrbot-4.19.4.yaml", f"please do [{tag}] [notitle]", streaming=False) == tag


@pytest.mark.parametrize(
    ("message", "fields", "name"),
    [
        ("/reset", {}, "reset-nothing"),
        ("/reset", {"turn": 2}, "reset"),
        ("/provider", {}, "provider-denied"),
        ("/provider", {"admin": True}, "provider"),
        ("psendmid", {}, "psendmid"),
        ("/", {}, "slash-alone"),
        ("//pplain", {}, "hello"),
        ("", {"attachments": ("image",)}, "hello"),
    ],
)
def test_commands_and_the_rest_of_the_recorded_installation(message: str, fields: dict[str, Any], name: str) -> None:
    assert chosen("astrbot-4.19.4.yaml", message, **fields) == name


@pytest.mark.parametrize(("message", "title"), [("hi", "Probe Title"), ("hi [notitle]", None), ("x [titlefail]", None)])
def test_titles_of_the_recorded_model(message: str, title: str | None) -> None:
    assert Scripts(shipped("astrbot-4.19.4.yaml")).title(asked(message)) == title
