"""The visitor: a command line over the public API."""
