"""Floor 2: the providers that carry messages and calls, one package each."""
