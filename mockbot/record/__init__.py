"""A proxy in front of a real server, and the fixture and scripts that play what it has seen."""
