"""The hotline: SMS and voice, in Urdu, Punjabi and English, for people who leave home to work."""

__version__ = "0.1.0"
