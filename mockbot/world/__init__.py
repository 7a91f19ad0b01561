"""The state: worlds, what they start from, their clock and their identifiers."""
