"""The arrows, in reading order: ingest, plan, compose, approve, publish, reconcile, measure."""
