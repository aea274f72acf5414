"""Floor 1: what a Migrant Resource Centre knows. Pure, and it does not see `hotline.flow`."""
