"""Proof of the house rules."""
