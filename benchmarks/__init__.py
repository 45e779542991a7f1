"""How fast onesec is: `python -m benchmarks`."""
