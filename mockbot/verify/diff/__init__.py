"""Two versions of AstrBot side by side: what a client of one meets in the other."""
