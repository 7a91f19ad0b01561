"""The journal: each exchange with its request, response, violations, faults and end."""
