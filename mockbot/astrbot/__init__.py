"""AstrBot: its handlers, envelope, keys and order of events, and one package for each version."""
