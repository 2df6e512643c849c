"""Whole ways through the running system."""
