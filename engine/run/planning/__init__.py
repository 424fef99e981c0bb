"""What a run will need before it is started: units, tokens, memory, hours and cost."""
