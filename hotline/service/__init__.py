"""Floor 3: the verbs. A function takes what it needs, through small Protocols, and a value."""
