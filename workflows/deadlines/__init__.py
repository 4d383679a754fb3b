"""Working calendars, deadline rules, reminder rules."""
