"""Everything that may be said to, heard from, and refused by responses: nothing yet, its rooms come next."""
