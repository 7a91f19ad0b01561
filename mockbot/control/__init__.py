"""The control API under /__mockbot__, for test suites, consoles and curl."""
