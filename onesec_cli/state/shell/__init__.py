"""What a command line does: shell text read into simple commands, wrappers taken off, effects named. Nothing is run."""
