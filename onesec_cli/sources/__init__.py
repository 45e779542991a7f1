"""Files to events: discovery, decompression, splitting, envelopes, one file per format."""
