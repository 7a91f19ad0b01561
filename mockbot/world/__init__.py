"""Worlds: the state that requests read and change, its clock and its identifiers."""
