"""Where the house stands."""
