"""The example office of ``humasbot demo``: written into a folder, run once, shown as a table and an HTML page."""
