"""Breakpoints: a stream waits before a frame until a person has looked at it, and changed it or not."""
