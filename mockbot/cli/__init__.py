"""The command line: one module for each command. Commands import what they need when they run, so `--help` is fast."""

from mockbot.cli.main import main

__all__ = ["main"]
