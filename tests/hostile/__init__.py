"""Malformed input at every door of the running system: what it is answered, and whether anything breaks or leaks."""
