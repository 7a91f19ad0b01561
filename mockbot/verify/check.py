"""`check`: property tests of a server against the effective contract, in this process or anywhere by HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mockbot.errors import UserError
from mockbot.verify.check_report import Report

if TYPE_CHECKING:
    from mockbot.contract import Contract


def check(
    url: str | None = None,
    *,
    key: str = "",
    app: Any = None,
    contract: Contract | None = None,
    spec: str | None = None,
    max_examples: int = 50,
    seed: int = 0,
    against: Literal["astrbot"] | None = None,
    timeout: float = 70.0,
    har: Path | None = None,
    tell: Callable[[str], None] | None = None,
) -> Report:
    """Check a server: at `url`, or the ASGI `app`, or by default mockbot itself in this process.

    `contract` is the law, or else `spec`, the file or URL of an OpenAPI document (default: the shipped one).
    `max_examples` requests are made up for each operation and phase, the same ones for the same `seed`. `timeout`
    (seconds) ends requests and streams, which AstrBot may hold back for 60 s where a session talks too much
    (BEHAVIOUR.md section 8.6). `against` relaxes what that server is known to do otherwise. `har` is a file for all
    exchanges, `tell` gets lines of progress. UserError when the server cannot be reached or the `check` extra is not
    installed.
    """
    try:
        from mockbot.verify.check_run import Run
    except ModuleNotFoundError as missing:
        raise UserError(f"`mockbot check` needs {missing.name}: install mockbot with its extra `check`") from None
    run = Run(url, key, app, contract, spec, against, timeout)
    return run.report(max_examples, seed, har, tell or (lambda _: None))
