"""The four streets."""
