"""Floor 2: the database, which is the truth. Speaks domain types, never leaks a row."""
