"""The recorded exchanges, played against a server."""
