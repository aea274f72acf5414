"""Floor 2: Redis. It holds nothing that the database could not rebuild."""
