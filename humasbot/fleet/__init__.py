"""The fleet: several processes on one PostgreSQL, an engine that carries chunks of work to them, one that leads."""
