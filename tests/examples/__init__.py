"""The examples for integrators, run."""
