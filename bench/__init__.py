"""What is measured, side by side with other servers; RESULTS.md has the figures."""
