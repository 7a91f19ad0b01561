"""How the C library keeps the memory of large objects that are freed."""

from __future__ import annotations

MMAP_THRESHOLD = -3
"""The parameter of glibc's mallopt (malloc.h, M_MMAP_THRESHOLD)."""
LARGE = 4 * 1024 * 1024
"""Bytes from which on the memory of an object is returned when it is freed; to get it again takes time."""


def return_large() -> None:
    """Let glibc return the memory of large objects; other C libraries are left unchanged.

    By itself, it keeps blocks of up to 32 MB for later. Small objects that live long settle in them, so that the next
    large ones need new memory, and a server that holds 30 MB takes gigabytes.
    """
    try:
        import ctypes

        ctypes.CDLL(None).mallopt(MMAP_THRESHOLD, LARGE)
    except (ImportError, OSError, AttributeError, TypeError):
        return
