"""The faults, in one module for each family. To add a fault, write its class and add it to CATALOGUE.

The fields of a class are the parameters of its fault. A frame is a body message that is not empty: in a stream, one
event; a complete response is one frame.
"""

from collections.abc import Mapping

from mockbot.fault.catalogue.shape import BigInt, Drop, Enum, Extra, Null, Paging, Retype
from mockbot.fault.catalogue.socket import Cut, Raw, Reset, Truncate
from mockbot.fault.catalogue.status import Status
from mockbot.fault.catalogue.texts import DateTime, Large, Surrogate, Text
from mockbot.fault.catalogue.timing import Delay, Stall
from mockbot.fault.fault import Fault

__all__ = [
    "CATALOGUE",
    "BigInt",
    "Cut",
    "DateTime",
    "Delay",
    "Drop",
    "Enum",
    "Extra",
    "Large",
    "Null",
    "Paging",
    "Raw",
    "Reset",
    "Retype",
    "Stall",
    "Status",
    "Surrogate",
    "Text",
    "Truncate",
]

CATALOGUE: Mapping[str, type[Fault]] = {
    fault.name: fault for fault in (Status, Delay, Stall, Truncate, Cut, Reset, Raw)
}
"""The faults by their names in files and in the control API."""
