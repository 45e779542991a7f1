"""What a person asked for, what a text told the agent to do, and which call obeyed."""
