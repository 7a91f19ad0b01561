"""`compare`: the same requests to two servers, and the differences between their responses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mockbot.errors import UserError
from mockbot.verify.compare.report import Comparison
from mockbot.verify.deadline import SECONDS

if TYPE_CHECKING:
    from mockbot.profile import Profile


def compare(
    url_a: str,
    url_b: str,
    *,
    key_a: str = "",
    key_b: str = "",
    profile: Profile | None = None,
    spec: str | None = None,
    astrbot: str | None = None,
    max_examples: int = 20,
    seed: int = 0,
    only: str = "",
    timeout: float = 70.0,
    max_seconds: float = SECONDS,
    progress: Callable[[str], None] | None = None,
) -> Comparison:
    """Send the same requests to both servers in step: those of the recorded exchanges and generated ones.

    Generated requests are valid and invalid ones for the contract of `profile`, or else for the document at `spec`, by
    default that of the version `astrbot`. `only` is the name of a single operation, such as `POST /api/v1/chat`. Ids
    that the servers return are used in later requests, each server's own. If a server stops during the run, the run
    ends: the result has the differences so far, and `gone` has the reason. No request begins after `max_seconds`,
    either. Raise UserError if a server does not answer at all, `only` is unknown or the `check` extra is not installed.
    `progress` is called with lines of text.
    """
    try:
        from mockbot.verify.compare.run import ComparisonRun
    except ModuleNotFoundError as missing:
        raise UserError(
            f"`mockbot compare` needs {missing.name}; install it with: pip install 'astrbot-mockbot[check]'"
        ) from None
    from mockbot.app import profile_for
    from mockbot.settings import Settings

    chosen = profile or profile_for(Settings(spec=spec, astrbot=astrbot))
    known = chosen.contract.operations.by_name
    if only and only not in known:
        raise UserError(f"the contract has no operation {only}; it has {', '.join(known)}")
    run = ComparisonRun((url_a, url_b), (key_a, key_b or key_a), chosen, timeout)
    return run.compare(max_examples, seed, max_seconds, only, progress or (lambda _: None))
