"""The demo: one story over all four streets, played against a running system and read back from it."""
