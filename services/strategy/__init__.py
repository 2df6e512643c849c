"""Strategy: align."""
