"""The versions of AstrBot that mockbot imitates."""

from __future__ import annotations

from types import ModuleType

from mockbot.errors import UserError
from mockbot.profile import Profile
from mockbot.settings import FETCH_SECONDS
from mockbot.world.blueprint import Blueprint

DEFAULT = "4.19.4"
"""The version whose document is in openapi.json."""
VERSIONS = (DEFAULT, "4.29.3")


def blueprint(version: str | None = None) -> Blueprint:
    """Return how the worlds of a version are made, without its contract; raise UserError if there is none."""
    found: Blueprint = profile_module(version).BLUEPRINT
    return found


def profile(
    version: str | None = None, spec: str | None = None, *, strict: bool = False, seconds: float = FETCH_SECONDS
) -> Profile:
    """Return the profile of a version, with the document at `spec` instead of its own if there is one.

    A URL must give it within `seconds`. Raise UserError if there is no such version, or if the document cannot be used.
    """
    module = profile_module(version)
    found: Profile = module.profile() if spec is None else module.profile_with(spec, strict=strict, seconds=seconds)
    return found


def profile_module(version: str | None) -> ModuleType:
    """Import the module `profile` of a version, and of no other; raise UserError if there is no such version."""
    match version or DEFAULT:
        case "4.19.4":
            from mockbot.astrbot.v4_19_4 import profile as v4_19_4

            return v4_19_4
        case "4.29.3":
            from mockbot.astrbot.v4_29_3 import profile as v4_29_3

            return v4_29_3
    raise UserError(f"--astrbot {version}: no such version; use {' or '.join(VERSIONS)}")
