"""Connecting an account: how a person's consent becomes a token; one small file per family of flows, no database."""
