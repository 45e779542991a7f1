"""Findings to alerts, and the verdict."""
