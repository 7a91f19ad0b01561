"""What a client of one version of AstrBot meets in another."""

from docs.generate.markdown import NOTE
from mockbot.verify.diff.diff import diff
from mockbot.verify.diff.page import page


def version_diff(old: str, new: str) -> str:
    """Return the page that `mockbot diff` writes, with a note that it is generated."""
    return f"{NOTE}\n\n{page(diff(old, new))}"
