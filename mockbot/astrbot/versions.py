"""The versions of AstrBot that mockbot imitates."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from mockbot.astrbot.v4_19_4 import profile as v4_19_4
from mockbot.astrbot.v4_29_3 import profile as v4_29_3
from mockbot.errors import UserError
from mockbot.profile import Profile
from mockbot.world.blueprint import Blueprint

DEFAULT = v4_19_4.VERSION
"""The version whose document is in openapi.json."""
VERSIONS: Mapping[str, ModuleType] = {each.VERSION: each for each in (v4_19_4, v4_29_3)}


def blueprint(version: str | None = None) -> Blueprint:
    """Return how the worlds of a version are made, without its contract; raise UserError if there is none."""
    found: Blueprint = _module(version).BLUEPRINT
    return found


def profile(version: str | None = None, spec: str | None = None, *, strict: bool = False) -> Profile:
    """Return the profile of a version, with the document at `spec` instead of its own if there is one.

    Raise UserError if there is no such version, or if the document cannot be used.
    """
    module = _module(version)
    found: Profile = module.profile() if spec is None else module.profile_with(spec, strict=strict)
    return found


def _module(version: str | None) -> ModuleType:
    module = VERSIONS.get(version or DEFAULT)
    if module is None:
        raise UserError(f"--astrbot {version}: no such version; use {' or '.join(VERSIONS)}")
    return module
