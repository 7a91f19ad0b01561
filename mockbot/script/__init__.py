"""Scripts: which chat request a script is for, and what the agent does for it."""
