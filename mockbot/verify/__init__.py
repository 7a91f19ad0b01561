"""Property tests, recorded exchanges and comparisons, for mockbot or any other server."""

from mockbot.verify.check.check import check
from mockbot.verify.check.report import CheckFinding, CheckReport
from mockbot.verify.compare.compare import compare
from mockbot.verify.compare.differences import Difference
from mockbot.verify.compare.report import Comparison, Divergence
from mockbot.verify.replay.replay import Replayed, replay

__all__ = [
    "CheckFinding",
    "CheckReport",
    "Comparison",
    "Difference",
    "Divergence",
    "Replayed",
    "check",
    "compare",
    "replay",
]
