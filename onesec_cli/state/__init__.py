"""Facts that several detectors remember, as folds and pure functions on plain data."""
