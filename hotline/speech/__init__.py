"""Floor 2: sound. Recordings where there are any, stand-ins made by a voice engine where there are none."""
