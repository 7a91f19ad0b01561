"""Validation of requests, responses and stream events against the effective contract."""
