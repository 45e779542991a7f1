"""`onesec rules`: for those who write rules, one file per command."""
