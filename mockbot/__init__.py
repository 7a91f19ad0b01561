"""mockbot: a stand-in and reference server for AstrBot's Open API."""

__version__ = "0.1.0"
