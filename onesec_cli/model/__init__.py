"""The nouns every other part speaks in. Imports nothing of ours."""
