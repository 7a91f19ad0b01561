"""Options for the fast paths, which may only accept: `--no-fast` is without them, `--examples` tries more."""

from collections.abc import Iterator

import pytest

from mockbot.contract.events import Events
from mockbot.contract.validation import Validation
from mockbot.server import http


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-fast", action="store_true", help="validate every message in full, and read every request with h11"
    )
    parser.addoption("--hours", type=float, metavar="N", help="how long the soak takes; by default two minutes")
    parser.addoption("--examples", type=int, metavar="N", help="how many examples the tests of fast paths try")


def examples(request: pytest.FixtureRequest, usual: int) -> int:
    """Return how many examples a test tries."""
    chosen: int | None = request.config.getoption("examples")
    return usual if chosen is None else chosen


@pytest.fixture
def needs_fast_paths(request: pytest.FixtureRequest) -> None:
    """Skip a test of the fast paths themselves if they are off."""
    if request.config.getoption("no_fast"):
        pytest.skip("the fast paths are off (--no-fast)")


@pytest.fixture(scope="session", autouse=True)
def fast_paths(request: pytest.FixtureRequest) -> Iterator[None]:
    """Switch the fast paths off if the option says so."""
    with pytest.MonkeyPatch.context() as patch:
        if request.config.getoption("no_fast"):
            patch.setattr(Validation, "accepts_request", lambda *_: False)
            patch.setattr(Validation, "accepts_response", lambda *_: False)
            patch.setattr(Validation, "accepts_value", lambda *_: False)
            patch.setattr(Events, "accepts", lambda *_: False)
            patch.setattr(http, "read", lambda _: None)
        yield
