"""Tests of mediaflow; a package so that tests can share ``tests.media``."""
