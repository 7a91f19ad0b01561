"""Everything that a user can name is in the documentation."""

import inspect
import re
from typing import Any

import click
import pytest

from docs.generate.control_api import document, operations
from docs.generate.pytest_plugin import plugin_fixtures
from docs.generate.schemas import read
from mockbot.astrbot.versions import VERSIONS, blueprint
from mockbot.cli.main import mockbot
from mockbot.fault.catalogue import CATALOGUE
from mockbot.fault.parameters import parameters
from mockbot.journal import notes, rules, stream_rules
from mockbot.testing.marker import KEYWORDS
from mockbot.verify.replay.replay import shipped
from tests.docs.pages import DOCS, ROOT

REFERENCE = {path.name: path.read_text("utf-8") for path in (DOCS / "reference").glob("*.md")}
PROSE = "\n".join(
    path.read_text("utf-8") for path in [ROOT / "README.md", *DOCS.rglob("*.md")] if path.parent.name != "reference"
)


@pytest.mark.parametrize("verb", mockbot.commands)
def test_every_option_is_documented(verb: str) -> None:
    section = REFERENCE["command-line.md"].partition(f"## mockbot {verb}\n")[2].partition("\n## ")[0]
    for parameter in mockbot.commands[verb].params:
        if parameter.param_type_name == "argument":
            assert str(parameter.name).upper() in section
        else:
            assert [each for each in parameter.opts if not re.search(rf"\| (`|<code>)[^`|]*{each}\b", section)] == []


def test_every_verb_has_an_example() -> None:
    assert [verb for verb in mockbot.commands if f"mockbot {verb}" not in PROSE] == []


def test_every_variable_is_documented() -> None:
    options = [each for each in mockbot.commands["serve"].params if isinstance(each, click.Option)]
    for parameter in [each for each in options if each.allow_from_autoenv]:
        assert f"| `MOCKBOT_{str(parameter.name).upper()}` | `{parameter.opts[0]}` |" in REFERENCE["settings.md"]


def test_every_fault_and_parameter_is_documented() -> None:
    for fault in CATALOGUE.values():
        section = REFERENCE["faults.md"].partition(f"\n## {fault.name}\n")[2].partition("\n## ")[0]
        assert [each.name for each in parameters(fault) if f"| `{each.name}` |" not in section] == []
        assert f"`{fault.name}`" in (DOCS / "how-to" / "inject-faults.md").read_text("utf-8")


def test_every_shipped_fixture_is_in_the_table() -> None:
    table = (DOCS / "how-to" / "start-from-a-fixture.md").read_text("utf-8")
    shipped_ones = {name for version in VERSIONS for name in blueprint(version).fixtures}
    assert set(re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE)) == shipped_ones


@pytest.mark.parametrize(
    ("page", "schema"),
    [
        ("scripts.md", "script.schema.json"),
        ("fixtures.md", "fixture.schema.json"),
        ("exchanges.md", "exchange.schema.json"),
        ("faults.md", "fault.schema.json"),
    ],
)
def test_every_field_of_a_format_is_documented(page: str, schema: str) -> None:
    cells = set(re.findall(r"^\| `([^`]+)` \|", REFERENCE[page], re.MULTILINE))
    shown = {part for cell in cells for part in re.split(r"\.|\[\]\.", cell)}
    assert properties(read(schema)) - {"name"} <= shown


def properties(schema: Any) -> set[str]:
    """Return the names of all properties in a schema, at any depth."""
    if isinstance(schema, list):
        return {name for each in schema for name in properties(each)}
    if not isinstance(schema, dict):
        return set()
    own = schema.get("properties", {})
    names = set(own) if isinstance(own, dict) else set()
    return names | {name for each in schema.values() for name in properties(each)}


def test_every_control_operation_is_documented() -> None:
    for method, path, _ in operations(document()):
        assert f"| `{method} {path}` |" in REFERENCE["control-api.md"]


def test_every_pytest_fixture_keyword_and_ini_option_is_documented() -> None:
    names = [name for name, _ in plugin_fixtures()]
    assert names
    for name in [*names, *KEYWORDS, "mockbot_verdict"]:
        assert f"`{name}`" in (DOCS / "how-to" / "use-in-pytest.md").read_text("utf-8"), name


def test_every_finding_is_in_the_table() -> None:
    text = (DOCS / "explanation" / "faults-and-violations.md").read_text("utf-8")
    source = "".join(map(inspect.getsource, (rules, stream_rules, notes)))
    found = re.findall(r'(?:[Ff]inding|shown_by)\("([a-z-]+)"', source)
    assert set(re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)) == set(found)


def test_the_number_of_recorded_exchanges_is_right() -> None:
    assert f"plays {len(shipped())} recorded exchanges" in (ROOT / "README.md").read_text("utf-8")


def test_the_readme_is_short_and_names_the_versions_first() -> None:
    lines = (ROOT / "README.md").read_text("utf-8").splitlines()
    assert len(lines) <= 150
    assert [version for version in VERSIONS if f"AstrBot {version}" not in "\n".join(lines[:10])] == []


def test_architecture_names_every_room() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rooms = {
        path.stem if path.suffix else f"{path.name}/"
        for path in (ROOT / "mockbot").iterdir()
        if path.suffix in ("", ".py")
    }
    rooms -= {"__init__", "__pycache__/"}
    assert [room for room in rooms if f"`{room}" not in text] == []
