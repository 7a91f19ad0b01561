"""The fixtures of the pytest plugin: a server for the session, a world for each test."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from mockbot.testing.backend import Backend
    from mockbot.testing.bot import MockBot
    from mockbot.testing.failures import Checks
    from mockbot.testing.on_demand import OnDemand
    from mockbot.testing.world import World

URL = "mockbot_url"
"""The key of the server's URL in the input of a pytest-xdist worker."""
PASSED = pytest.StashKey[bool]()
CHECKS: pytest.StashKey[Checks] = pytest.StashKey()
SHARED: pytest.StashKey[OnDemand] = pytest.StashKey()
SERVERS: pytest.StashKey[_Servers] = pytest.StashKey()


@pytest.fixture(scope="session")
def mockbot_server(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """A running mockbot: the one at MOCKBOT_URL (with MOCKBOT_CONTROL_TOKEN), or else one for this session."""
    url = os.environ.get("MOCKBOT_URL") or getattr(request.config, "workerinput", {}).get(URL)
    if url:
        from mockbot.testing.backend import Backend

        yield Backend(url, os.environ.get("MOCKBOT_CONTROL_TOKEN", ""))
        return
    from mockbot.testing.bot import MockBot

    with MockBot() as server:
        yield server


class _Servers:
    """The servers of this session with other documents, by their settings."""

    def __init__(self) -> None:
        self._running: dict[str, MockBot] = {}

    def get(self, settings: Mapping[str, Any]) -> Backend:
        """Return the server with these settings; start it if it is the first use."""
        from mockbot.testing.bot import MockBot

        name = repr(sorted(settings.items()))
        if name not in self._running:
            self._running[name] = MockBot(**settings).start()
        return self._running[name]

    def close(self) -> None:
        """Stop all servers."""
        for server in self._running.values():
            server.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each version of AstrBot that its marker lists."""
    if "mockbot_astrbot" in metafunc.fixturenames:
        from mockbot.testing.marker import versions_of

        versions = versions_of(metafunc.definition)
        if versions:
            metafunc.parametrize("mockbot_astrbot", versions)


@pytest.fixture
def mockbot_astrbot() -> str | None:
    """The version of AstrBot for the world of a test whose marker lists several; None for any other test."""
    return None


@pytest.fixture
def mockbot(request: pytest.FixtureRequest, mockbot_astrbot: str | None) -> Iterator[World]:
    """A world for the test, with no pace, a frozen clock and ids from the test's name; see the marker `mockbot`.

    The plugin fails an otherwise passing test if its client broke the contract or if scripts with `times:` were used
    less often than that. What a client does only while the fixtures of the test end is an error of the teardown.
    """
    from mockbot.errors import UserError
    from mockbot.testing.failures import Checks
    from mockbot.testing.marker import read_marker
    from mockbot.testing.mistakes import sentences_first

    node: pytest.Item = request.node
    try:
        marked = read_marker(node, mockbot_astrbot)
        world = _server(marked.server, request).world(world_name(node.name), **marked.world)
    except UserError as error:
        raise pytest.fail.Exception(f"mockbot: {sentences_first(str(error))}", pytrace=False) from None
    checks = node.stash[CHECKS] = Checks(world, marked)
    yield world
    if not node.stash.get(PASSED, False):
        with suppress(UserError):
            world.delete()
        return
    try:
        reasons = checks.at_teardown()
        if checks.notes:
            node.add_report_section("teardown", "mockbot", checks.notes)
    finally:
        world.delete()
    _fail(reasons)


def _server(settings: Mapping[str, Any], request: pytest.FixtureRequest) -> Backend:
    """Return the server of the session with these settings; without any, the fixture `mockbot_server`."""
    if not settings:
        server: Backend = request.getfixturevalue("mockbot_server")
        return server
    config = request.config
    if SERVERS not in config.stash:
        config.stash[SERVERS] = _Servers()
        config.add_cleanup(config.stash[SERVERS].close)
    return config.stash[SERVERS].get(settings)


def world_name(test: str) -> str:
    """Return a unique name for the world of a test; the server may have other users."""
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', test)[:40]}-{uuid4().hex[:16]}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Fail a test that has passed if its world shows a reason."""
    yield
    if CHECKS in item.stash:
        _fail(item.stash[CHECKS].at_end())


def _fail(reasons: list[str]) -> None:
    if reasons:
        pytest.fail("\n\n".join(reasons), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether the test itself passed; the plugin adds nothing to a failed test."""
    report = yield
    item.stash[PASSED] = report.when == "call" and report.passed
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Pass the URL of one shared server to each pytest-xdist worker; the first request starts the server."""
    if os.environ.get("MOCKBOT_URL"):
        return
    config: pytest.Config = node.config
    if SHARED not in config.stash:
        from mockbot.testing.on_demand import OnDemand

        config.stash[SHARED] = OnDemand()
        config.add_cleanup(config.stash[SHARED].close)
    node.workerinput[URL] = config.stash[SHARED].base_url
