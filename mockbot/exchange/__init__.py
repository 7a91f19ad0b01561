"""Recorded exchanges: their format, and how expected values are compared with received ones."""
