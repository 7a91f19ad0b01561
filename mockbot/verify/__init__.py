"""Proof: property tests, recorded exchanges and comparisons, against mockbot or any other server."""

from mockbot.verify.check import check
from mockbot.verify.check_report import Finding, Report
from mockbot.verify.compare import compare
from mockbot.verify.compare_answers import Difference
from mockbot.verify.compare_report import Comparison, Parting
from mockbot.verify.replay import Replayed, replay

__all__ = ["Comparison", "Difference", "Finding", "Parting", "Replayed", "Report", "check", "compare", "replay"]
