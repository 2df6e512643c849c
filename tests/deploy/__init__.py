"""Tests of the street `deploy`."""
