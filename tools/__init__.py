"""Makes the tables that are derived from published data."""
