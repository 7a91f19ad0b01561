"""Compare two mockbots with each other: `python -m tests.compare_two`, with the options of `mockbot compare`."""

import sys

from mockbot.cli import main
from mockbot.testing import MockBot


def compare_two(options: list[str]) -> None:
    """Serve two on free ports and exit as `mockbot compare` does: 0 where it finds no difference."""
    with MockBot() as a, MockBot() as b:
        main(["compare", a.base_url, b.base_url, "--key-a", a.key, "--key-b", b.key, *options])


if __name__ == "__main__":
    compare_two(sys.argv[1:])
