"""`check`: property tests of a server against the effective contract, in this process or over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockbot.errors import UserError
from mockbot.verify.check.report import CheckReport
from mockbot.verify.deadline import SECONDS

if TYPE_CHECKING:
    from mockbot.profile import Profile

ASTRBOT = "astrbot"
"""The name of AstrBot 4.19.4 in `against`; the names of all versions begin with it."""
OLDEST = "astrbot-4.19.4"


def check(
    url: str | None = None,
    *,
    key: str = "",
    app: Any = None,
    profile: Profile | None = None,
    spec: str | None = None,
    astrbot: str | None = None,
    max_examples: int = 50,
    seed: int = 0,
    against: str | None = None,
    timeout: float = 70.0,
    max_seconds: float = SECONDS,
    har: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> CheckReport:
    """Check the server at `url`, or the ASGI application `app`, or by default mockbot itself in this process.

    The contract is that of `profile`, or else of `spec`, the file or URL of an OpenAPI document; by default it is
    that of the version `astrbot`, or else of `against`, or else of AstrBot 4.19.4. `max_examples` requests are
    generated for each operation and phase; the same `seed` generates the same requests. `timeout` (seconds) limits
    requests and streams; AstrBot may delay a response for 60 s if a session sends too many messages (BEHAVIOUR.md
    section 8.6). No request begins after `max_seconds`; the report then has the findings so far. `against` names a
    server whose known deviations are accepted: `astrbot-4.19.4`, for which `astrbot` is a name, too, or
    `astrbot-4.29.3`. All requests and responses are written to the file `har`. `progress` is called with lines of text.
    Raise UserError if the server cannot be reached, the `check` extra is not installed, or `against` is another version
    than that of the contract.
    """
    try:
        from mockbot.verify.check.run import CheckRun
    except ModuleNotFoundError as missing:
        raise UserError(
            f"`mockbot check` needs {missing.name}; install it with: pip install 'astrbot-mockbot[check]'"
        ) from None
    from mockbot.verify.check.direct import direct

    server = OLDEST if against == ASTRBOT else against
    profile = profile or _profile(spec, astrbot, server)
    if server is not None and server != profile.name:
        raise UserError(f"--against {against}: the contract is that of {profile.title}")
    with direct(url):
        run = CheckRun(url, key, app, profile, against, timeout)
        return run.report(max_examples, seed, max_seconds, har, progress or (lambda _: None))


def _profile(spec: str | None, astrbot: str | None, server: str | None) -> Profile:
    from mockbot.app import profile_for
    from mockbot.settings import Settings

    return profile_for(Settings(spec=spec, astrbot=astrbot or (server and server.removeprefix(f"{ASTRBOT}-"))))
