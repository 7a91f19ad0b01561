"""How fast mockbot is, beside a bare Starlette application and other mock servers: `python -m bench.speed`."""
