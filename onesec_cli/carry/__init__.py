"""What one run hands on to the next: nights judged one after another as if their trail had come whole."""
