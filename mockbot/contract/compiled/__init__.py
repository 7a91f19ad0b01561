"""Validation that is compiled, and may only accept.

What it does not accept is validated again in full (`contract/full.py`), whose verdict and messages are the only ones.
"""
