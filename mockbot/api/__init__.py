"""The answers: what AstrBot 4.19.4 does with each operation."""
