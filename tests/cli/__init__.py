"""The visitor's tests."""
