"""The law: the effective contract, and what a request, a response or a stream event does against it."""

from mockbot.contract.contract import Contract
from mockbot.contract.document import Document, load_document
from mockbot.contract.events import Events
from mockbot.contract.exchange import Exchange, exchange_of
from mockbot.contract.layer import ContractLayer
from mockbot.contract.media import BodyPart, parse_content_type, parse_cookies, read_json, read_parts
from mockbot.contract.operations import Operation, Operations, Route
from mockbot.contract.order import Order
from mockbot.contract.stream import CHAT, Stream
from mockbot.contract.validation import Validation
from mockbot.contract.violation import Violation

__all__ = [
    "CHAT",
    "BodyPart",
    "Contract",
    "ContractLayer",
    "Document",
    "Events",
    "Exchange",
    "Operation",
    "Operations",
    "Order",
    "Route",
    "Stream",
    "Validation",
    "Violation",
    "exchange_of",
    "load_document",
    "parse_content_type",
    "parse_cookies",
    "read_json",
    "read_parts",
]
