"""Floor 0: letters and numbers. Pure: no I/O, no clock, no environment, no chance."""
