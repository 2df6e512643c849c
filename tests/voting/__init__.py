"""Ask: ballots and how they are counted."""
