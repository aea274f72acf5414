"""Floor 4: a carrier in the pocket, Twilio's side of the wire, for demo, training and tests. Never in production."""
