"""The pages: each takes what is asked and answers it; whatever it does, the office does."""
