"""Measurements, run by `make bench`: medians in one run on this machine, never asserted in tests."""
