"""The tests of the measurements."""
