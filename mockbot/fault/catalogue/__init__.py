"""The faults, one module a family. A new fault is its class and a place in CATALOGUE.

The fields of a class are the parameters of its fault. A frame is a body message that is not empty: a stream has one
event in each, a whole response is one frame.
"""

from collections.abc import Mapping

from mockbot.fault.catalogue.socket import Cut, Reset, Truncate
from mockbot.fault.catalogue.status import Status
from mockbot.fault.catalogue.timing import Delay, Stall
from mockbot.fault.fault import Fault

__all__ = ["CATALOGUE", "Cut", "Delay", "Reset", "Stall", "Status", "Truncate"]

CATALOGUE: Mapping[str, type[Fault]] = {fault.name: fault for fault in (Status, Delay, Stall, Truncate, Cut, Reset)}
"""Each fault by the name that files and the control API call it."""
