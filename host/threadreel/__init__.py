"""Threadreel: every file of an imageboard thread on your disk, and a report that proves it."""

__version__ = "0.1.0"
