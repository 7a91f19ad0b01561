"""Validation: what a request, a response or a stream event breaks in the effective contract."""
