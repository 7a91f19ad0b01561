"""AstrBot: its handlers, envelope, keys and order of events, and one module for each version."""
