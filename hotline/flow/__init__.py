"""Floor 1: the conversation, pure.

Nothing here opens a file, a socket or a database, reads a clock, the environment or chance, or knows what an agency is.
Only `hotline.text`, `hotline.errors` and the standard library (and pure parsing libraries) may be imported.
The engine returns what should happen; `service` makes it happen.
"""
