"""Floor 4: what happens in the background. RQ runs it, a clock rings for it, and the database knows what is due."""
