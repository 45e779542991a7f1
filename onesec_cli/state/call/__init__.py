"""What one tool call is: its effect, its roles, where it reaches, what it sends, what harm it does."""
