"""A third language, written from right to left, added by settings and content alone."""
