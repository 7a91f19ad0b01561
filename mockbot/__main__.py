"""`python -m mockbot` is `mockbot`."""

from mockbot.cli import main

main()
