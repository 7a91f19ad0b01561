"""Deliberate damage: faults as pure transforms over ASGI messages, armed for answers or due at a place in a script."""

from mockbot.fault.armed import Armed, Faults
from mockbot.fault.catalogue import CATALOGUE
from mockbot.fault.fault import Fault
from mockbot.fault.reading import parse_fault, schema, table

__all__ = ["CATALOGUE", "Armed", "Fault", "Faults", "parse_fault", "schema", "table"]
