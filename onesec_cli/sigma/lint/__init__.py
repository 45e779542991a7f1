"""What is wrong, dead, wasteful or missing in a rule: told before it runs."""
