"""Commands: they parse options, call the pipeline and print."""
