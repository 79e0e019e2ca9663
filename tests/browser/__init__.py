"""Adaptive streams in the clients that people watch them with: ``nox -s browser``."""
