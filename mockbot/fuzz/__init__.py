"""Drives a client against behaviours of a server, finds those that it does not survive, and makes them small."""
