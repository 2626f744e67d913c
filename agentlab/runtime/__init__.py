"""Durable runs on DBOS: started here or queued, resumed when a process dies, watched while they work."""
