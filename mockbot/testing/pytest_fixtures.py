"""The fixtures of the pytest plugin: a server for the session, a world for each test."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from mockbot.testing.backend import Backend
    from mockbot.testing.on_demand import OnDemand
    from mockbot.testing.world import World

URL = "mockbot_url"
"""What a worker of pytest-xdist is told by the one that started it."""
PASSED = pytest.StashKey[bool]()
SHARED: pytest.StashKey[OnDemand] = pytest.StashKey()


@pytest.fixture(scope="session")
def mockbot_server(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """A running mockbot: that of MOCKBOT_URL (with MOCKBOT_CONTROL_TOKEN), else one of this session's own."""
    url = os.environ.get("MOCKBOT_URL") or getattr(request.config, "workerinput", {}).get(URL)
    if url:
        from mockbot.testing.backend import Backend

        yield Backend(url, os.environ.get("MOCKBOT_CONTROL_TOKEN", ""))
        return
    from mockbot.testing.bot import MockBot

    with MockBot() as server:
        yield server


@pytest.fixture
def mockbot(mockbot_server: Backend, request: pytest.FixtureRequest) -> Iterator[World]:
    """A world of the test's own: no pace, a frozen clock, ids by the test's name; see the marker `mockbot`.

    A test that passes fails after all when its client broke the contract or left `times:` of its scripts unused.
    """
    from mockbot.errors import UserError
    from mockbot.testing.complaints import complaints
    from mockbot.testing.wishes import wishes_of

    node: pytest.Item = request.node
    try:
        wishes = wishes_of(node)
        world = mockbot_server.world(world_name(node.name), **wishes.world)
    except UserError as error:
        raise pytest.fail.Exception(f"mockbot: {error}", pytrace=False) from None
    yield world
    if not node.stash.get(PASSED, False):
        with suppress(UserError):
            world.delete()
        return
    try:
        told = complaints(world, wishes)
    finally:
        world.delete()
    if told:
        pytest.fail("\n\n".join(told), pytrace=False)


def world_name(test: str) -> str:
    """Return a name for the world of a test that nobody else has, on a server that many may use."""
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', test)[:40]}-{uuid4().hex[:16]}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether the test itself passed: after a failure, nothing is complained about."""
    report = yield
    item.stash[PASSED] = report.when == "call" and report.passed
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each worker of pytest-xdist where the one server is; it starts when the first of them asks for it."""
    if os.environ.get("MOCKBOT_URL"):
        return
    config: pytest.Config = node.config
    if SHARED not in config.stash:
        from mockbot.testing.on_demand import OnDemand

        config.stash[SHARED] = OnDemand()
        config.add_cleanup(config.stash[SHARED].close)
    node.workerinput[URL] = config.stash[SHARED].base_url
