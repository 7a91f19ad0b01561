"""What a chat message asks for: the config that answers it, and the script that is played."""

from __future__ import annotations

from collections.abc import Mapping

from mockbot.astrbot.handler import Failure
from mockbot.astrbot.installation import Config
from mockbot.astrbot.state import state_of
from mockbot.dataclass import dataclass
from mockbot.jsontext import JSON
from mockbot.script.chosen import Chosen, NearMiss
from mockbot.script.model import echo
from mockbot.script.when import ChatRequest
from mockbot.world.call import Call
from mockbot.world.world import World

ECHO = Chosen(echo(), asks=False)
"""The script for a message that no other script matches."""


@dataclass(frozen=True, slots=True)
class Unscripted:
    """With `--strict-scripts`: no script matches the message; `nearest` is the nearest one, or why there is none."""

    nearest: NearMiss | str


def choose(call: Call, request: ChatRequest) -> Chosen | Unscripted:
    """Choose the script for a message: the one that the request wishes for, or the first that matches."""
    scripts = call.world.scripts
    wished = call.wish.get("script") if call.wish else None
    chosen = scripts.choose(request) if wished is None else scripts.play(wished.value, request)
    if chosen is None and call.settings.strict_scripts:
        return Unscripted(scripts.nearest(request) or "there are no scripts")
    return chosen or ECHO


def wanted_config(world: World, given: Mapping[str, JSON]) -> str | Failure | None:
    """Return the id of the config that a request names, None if it names none."""
    config_id, config_name = _text(given.get("config_id")), _text(given.get("config_name"))
    if not config_id and not config_name:
        return None
    if config_id:
        return config_id if state_of(world).config(config_id) else Failure(f"config_id not found: {config_id}")
    named: list[Config] = [config for config in state_of(world).configs if config.name == config_name]
    if not named:
        return Failure(f"config_name not found: {config_name}")
    if len(named) > 1:
        return Failure(f"config_name is ambiguous, please use config_id: {config_name}")
    return named[0].id


def _text(value: JSON) -> str:
    return "" if value is None else str(value).strip()
