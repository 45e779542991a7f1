"""What a text says: hidden parts laid open, values, and sentences that tell somebody to do something.

Pure functions of the text; `reading.read` is the door that remembers.
"""
