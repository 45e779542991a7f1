"""What authors of rules are told, as text and as data."""
