"""Property tests, recorded exchanges and comparisons, for mockbot or any other server; two versions side by side."""

from mockbot.verify.check.check import check
from mockbot.verify.check.report import CheckFinding, CheckReport
from mockbot.verify.compare.compare import compare
from mockbot.verify.compare.differences import Difference
from mockbot.verify.compare.report import Comparison, Divergence
from mockbot.verify.diff.diff import diff
from mockbot.verify.diff.report import VersionDiff
from mockbot.verify.replay.replay import Replayed, replay

__all__ = [
    "CheckFinding",
    "CheckReport",
    "Comparison",
    "Difference",
    "Divergence",
    "Replayed",
    "VersionDiff",
    "check",
    "compare",
    "diff",
    "replay",
]
