"""`check`: property tests of a server against the effective contract, in this process or over HTTP."""

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
    progress: Callable[[str], None] | None = None,
) -> CheckReport:
    """Check the server at `url`, or the ASGI application `app`, or by default mockbot itself in this process.

    The contract is that of `profile`, or else of `spec`, the file or URL of an OpenAPI document; by default it is
    AstrBot's. `max_examples` requests are generated for each operation and phase; the same `seed` generates the same
    requests. `timeout` (seconds) limits requests and streams; AstrBot may delay a response for 60 s if a session sends
    too many messages (BEHAVIOUR.md section 8.6). `against` names a server whose known deviations are accepted. All
    requests and responses are written to the file `har`. `progress` is called with lines of text. Raise UserError if
    the server cannot be reached or the `check` extra is not installed.
    """
    try:
        from mockbot.verify.check.run import CheckRun
    except ModuleNotFoundError as missing:
        raise UserError(f"`mockbot check` needs {missing.name}: install mockbot with its extra `check`") from None
    from mockbot.app import profile_for
    from mockbot.settings import Settings

    run = CheckRun(url, key, app, profile or profile_for(Settings(spec=spec)), against, timeout)
    return run.report(max_examples, seed, har, progress or (lambda _: None))
