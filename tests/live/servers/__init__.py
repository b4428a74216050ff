"""The real counterparts of the live tests: servers that ``scripts/setup-real.sh`` installs, started per session."""
