"""onesec: forensic analysis of identity and agent trails."""
