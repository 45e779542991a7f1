"""Tests of the responder's desk."""
