"""The command line: one module a verb. Verbs import what they need when they run, so that `--help` is quick."""

from mockbot.cli.main import main

__all__ = ["main"]
