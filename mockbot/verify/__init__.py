"""Proof: property tests, recorded exchanges and comparisons, against mockbot or any other server."""

from mockbot.verify.check import check
from mockbot.verify.check_report import Finding, Report
from mockbot.verify.replay import Replayed, replay

__all__ = ["Finding", "Replayed", "Report", "check", "replay"]
