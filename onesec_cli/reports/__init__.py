"""One renderer per format: a `Report` in, text out, piece by piece."""
