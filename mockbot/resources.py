"""Paths of the files that mockbot ships: openapi.json, contracts/ and fixtures/.

In a checkout and in an editable install they are beside the package, in a wheel inside it (pyproject.toml,
force-include).
"""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def root(package: Path = PACKAGE) -> Path:
    """Return the directory that contains openapi.json, contracts/ and fixtures/."""
    inside = package / "data"
    return inside if (inside / "openapi.json").is_file() else package.parent


def openapi() -> Path:
    """Return the path of AstrBot 4.19.4's own document, byte for byte as published."""
    return root() / "openapi.json"


def contracts(name: str) -> Path:
    """Return the path of a file or folder in contracts/."""
    return root() / "contracts" / name


def formats(name: str) -> Path:
    """Return the path of a file in contracts/formats/: a format of mockbot's own files."""
    return contracts("formats") / name


def prepared(name: str) -> Path:
    """Return the path of a file in contracts/prepared/: what prepared.py reads."""
    return contracts("prepared") / name


def fixtures(name: str) -> Path:
    """Return the path of a file in fixtures/."""
    return root() / "fixtures" / name
