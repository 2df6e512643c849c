"""Care: calendars, clocks and escalation."""
