"""The control API under /__mockbot__: what a test suite, a console or a person with curl can see and change."""
