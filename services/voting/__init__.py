"""Voting: ask."""
