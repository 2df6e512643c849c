"""Ideas: ask and involve."""
