"""Agent logs: one adapter per format, each turning records into events of the behaviour trail."""
