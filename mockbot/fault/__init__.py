"""Deliberate damage: pure transforms of ASGI messages, armed for responses or placed in a script."""
