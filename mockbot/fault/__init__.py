"""Deliberate damage: faults as pure transforms over ASGI messages, armed for answers or due at a place in a script."""

from mockbot.fault.armed import Armed, Faults
from mockbot.fault.catalogue import CATALOGUE, Cut, Delay, Reset, Stall, Status, Truncate
from mockbot.fault.fault import Fault, due
from mockbot.fault.layer import FaultsLayer
from mockbot.fault.reading import parse_fault, schema
from mockbot.fault.wire import Connection, Wire

__all__ = [
    "CATALOGUE",
    "Armed",
    "Connection",
    "Cut",
    "Delay",
    "Fault",
    "Faults",
    "FaultsLayer",
    "Reset",
    "Stall",
    "Status",
    "Truncate",
    "Wire",
    "due",
    "parse_fault",
    "schema",
]
