"""Sigma rules and correlations, judged on event time."""
