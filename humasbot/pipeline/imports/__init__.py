"""Imports: a month's plan in a spreadsheet becomes Posts that wait for approval; every fault is told at once."""
