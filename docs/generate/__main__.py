"""Write what is generated: pages and a picture in docs/ (`--no-picture`: none), a schema, contracts/prepared/."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs.generate import prepared
from docs.generate.command_line import command_line, settings_page
from docs.generate.control_api import control_api
from docs.generate.pytest_plugin import pytest_page
from docs.generate.python_api import python_api
from docs.generate.schemas import faults, schema_page
from docs.generate.terminal import session, svg
from docs.generate.version_diff import version_diff
from mockbot import resources
from mockbot.cli.config_schema import config_schema
from mockbot.cli.serve import serve

DOCS = Path(__file__).parent.parent
PICTURE = "terminal.svg"
SCRIPT = {
    "script": "Script",
    "when": "when",
    "runStep": "Steps of run",
    "call": "call",
    "commandStep": "Steps of command",
    "part": "parts",
    "answer": "answer",
    "eventStep": "Steps of events",
    "values": "Values in a request",
    "usage": "usage",
    "texts": "Texts",
    "duration": "Durations",
    "matcher": "Matchers",
    "fault": "Faults in a stream",
    "media": "Media",
    "states": "States",
}
EXCHANGE = {
    "exchange": "Exchange",
    "given": "given",
    "step": "Steps",
    "meanwhile": "meanwhile",
    "request": "request",
    "expect": "expect",
    "like": "Names for $like",
}
PAGES: Mapping[str, Callable[[], str]] = {
    "command-line.md": command_line,
    "settings.md": settings_page,
    "faults.md": faults,
    "scripts.md": lambda: schema_page(
        "Scripts",
        "script.schema.json",
        "A script file is YAML or JSON: a list of scripts, or an object with these fields. "
        "[Script a reply](../how-to/script-a-reply.md) explains them with examples.",
        SCRIPT,
    ),
    "fixtures.md": lambda: schema_page(
        "Fixtures",
        "fixture.schema.json",
        "A fixture is a YAML or JSON file. "
        "[Start from a fixture](../how-to/start-from-a-fixture.md) shows how to write one.",
        {},
    ),
    "exchanges.md": lambda: schema_page(
        "Exchanges",
        "exchange.schema.json",
        "A file of recorded exchanges is YAML. "
        "[Record an exchange](../how-to/record-an-exchange.md) shows how to write one.",
        EXCHANGE,
    ),
    "control-api.md": control_api,
    "pytest.md": pytest_page,
    "python-api.md": python_api,
    "astrbot-4.19.4-to-4.29.3.md": lambda: version_diff("4.19.4", "4.29.3"),
}


def schema_of_settings() -> str:
    """Return the text of contracts/formats/config.schema.json."""
    return json.dumps(config_schema(serve), indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> None:
    """Write the pages, the schema of the settings, what is prepared, and the picture."""
    resources.formats("config.schema.json").write_text(schema_of_settings(), encoding="utf-8")
    for name, content in prepared.texts().items():
        resources.prepared(name).write_text(content, encoding="utf-8")
    for name, text in PAGES.items():
        (DOCS / "reference" / name).write_text(text(), encoding="utf-8")
    if "--no-picture" not in arguments:
        (DOCS / PICTURE).write_text(svg(session()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
