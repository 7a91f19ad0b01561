"""Generate the reference pages and the picture of a terminal session: `python -m docs.generate`, in the root folder."""
