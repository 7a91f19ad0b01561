"""What `mockbot serve` loads before its first answer, and what only later."""

import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.processes import started

HEAVY = {
    *("openapi_core", "openapi_schema_validator", "jsonschema", "jsonschema_path", "referencing", "pydantic", "attr"),
    *("werkzeug", "yaml", "jsonpath", "regex", "re2", "requests", "urllib3", "xml", "urllib.request"),
    *("schemathesis", "hypothesis", "jinja2", "httpx"),
}
"""Libraries that a valid request to a shipped document does not need."""
IMPORT = re.compile(r"^import time: +\d+ \| +\d+ \| +([\w.]+)$", re.MULTILINE)
MOST = {"4.19.4": 169, "4.29.3": 173}
"""Modules of mockbot's own, most of which cost about a millisecond of CPU."""


def loaded(folder: Path, path: str, key: str, *options: str) -> tuple[int, set[str]]:
    """Start a server, send it one request and stop it; return the status and the modules that were loaded."""
    command = [sys.executable, "-X", "importtime", "-m", "mockbot", "serve", "--port", "0", *options]
    log = folder / "log"
    with (
        log.open("w") as file,
        started(command, stdout=subprocess.PIPE, stderr=file, cwd=folder) as process,
    ):
        assert process.stdout
        base_url = process.stdout.readline().rpartition(" ")[2].strip()
        request = urllib.request.Request(base_url + path, headers={"X-API-Key": key})
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                status = response.status
        except urllib.error.HTTPError as error:
            with error:
                status = error.code
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    return status, set(IMPORT.findall(log.read_text()))


@pytest.mark.parametrize(
    ("version", "options", "key"),
    [
        ("4.19.4", (), "abk_demo_all"),
        ("4.19.4", ("--fixture", "astrbot-4.19.4"), "abk_all"),
        ("4.29.3", ("--astrbot", "4.29.3"), "abk_demo_all"),
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/im/bots", "/api/v1/chat/sessions?username=alice&page=1&page_size=2"])
def test_the_first_answer_loads_no_heavy_library(
    tmp_path: Path, version: str, options: tuple[str, ...], key: str, path: str
) -> None:
    status, modules = loaded(tmp_path, path, key, *options)
    assert status == 200
    assert {each for each in modules if not HEAVY.isdisjoint((each, each.partition(".")[0]))} == set()
    own = [each for each in modules if each.partition(".")[0] == "mockbot"]
    assert "mockbot.app" in own
    assert len(own) <= MOST[version]


def test_the_first_request_that_is_not_valid_loads_the_validation_in_full(tmp_path: Path) -> None:
    status, modules = loaded(tmp_path, "/api/v1/chat/sessions?username=alice&page=x", "abk_demo_all")
    assert status == 400
    assert {"openapi_core", "jsonschema", "mockbot.contract.full"} <= modules
