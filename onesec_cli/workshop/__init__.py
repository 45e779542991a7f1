"""What authors of rules do with them: list, test, measure and explain. Runs the pipeline, and is run by the commands."""
