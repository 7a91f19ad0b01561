"""The kinds of clients that can be driven."""
