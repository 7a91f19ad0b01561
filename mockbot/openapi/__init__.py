"""OpenAPI documents made usable: fetched, bundled, upgraded to 3.1, overlaid, and indexed by operation."""
