"""AstrBot: its handlers, envelope, keys and frame grammar, and one module for each version."""
