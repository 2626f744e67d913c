"""What outlives a run: a user's memories, searched before each run, and the turns of conversations."""
