"""Deterministic values for any JSON Schema, the smallest first."""
