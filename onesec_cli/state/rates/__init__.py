"""How much, how often and when one key acts, and whether that is new."""
