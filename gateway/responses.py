"""Responses, as the browser sees them: nothing yet, its rooms come next."""
