"""Responses: care."""
