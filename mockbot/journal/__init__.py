"""The memory: every exchange with its request, answer, chunks, violations, script, faults and end."""
