"""Deliberate damage: pure transforms over ASGI messages, armed for responses or due at a place in a script."""
