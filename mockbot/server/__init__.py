"""The server: a socket, HTTP on h11, signals and the ready file."""
