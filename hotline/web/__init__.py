"""Floor 4: Flask. Webhooks, sound, health, metrics."""
