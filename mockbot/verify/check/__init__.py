"""Property tests of a server against the effective contract."""
