"""Tests of what is said between services."""
