"""GET /api/v1/configs (BEHAVIOUR.md section 5)."""

from __future__ import annotations

from mockbot.api.answer import Answer, ok
from mockbot.api.call import Call, operation


@operation("GET /api/v1/configs")
async def list_configs(call: Call) -> Answer:
    """List the configs a chat can be routed to."""
    return ok(
        {
            "configs": [
                {"id": config.id, "name": config.name, "path": config.path, "is_default": config.is_default}
                for config in call.world.configs
            ]
        }
    )
