"""`check`: property tests of a server against the effective contract, in this process or anywhere by HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mockbot.errors import UserError
from mockbot.verify.check.report import CheckReport

if TYPE_CHECKING:
    from mockbot.profile import Profile


def check(
    url: str | None = None,
    *,
    key: str = "",
    app: Any = None,
    profile: Profile | None = None,
    spec: str | None = None,
    max_examples: int = 50,
    seed: int = 0,
    against: Literal["astrbot"] | None = None,
    timeout: float = 70.0,
    har: Path | None = None,
    tell: Callable[[str], None] | None = None,
) -> CheckReport:
    """Check a server: at `url`, or the ASGI `app`, or by default mockbot itself in this process.

    `profile` has the contract, or else `spec`, the file or URL of an OpenAPI document; by default AstrBot's.
    `max_examples` requests are made up for each operation and phase, the same ones for the same `seed`. `timeout`
    (seconds) ends requests and streams, which AstrBot may hold back for 60 s where a session talks too much
    (BEHAVIOUR.md section 8.6). `against` relaxes what that server is known to do otherwise. `har` is a file for all
    exchanges, `tell` gets lines of progress. UserError when the server cannot be reached or the `check` extra is not
    installed.
    """
    try:
        from mockbot.verify.check.run import CheckRun
    except ModuleNotFoundError as missing:
        raise UserError(f"`mockbot check` needs {missing.name}: install mockbot with its extra `check`") from None
    from mockbot.app import profile_for
    from mockbot.settings import Settings

    run = CheckRun(url, key, app, profile or profile_for(Settings(spec=spec)), against, timeout)
    return run.report(max_examples, seed, har, tell or (lambda _: None))
