"""Benchmarks: `make bench` runs them, prints a table and writes `var/bench.json`. A report, not a test: it fails nothing.

A benchmark is a file in `measures/`: a function that gives rows, declared with its name, what it measures and its marks.
Times are server times, of the application and of a bare *floor* in turn, so that a busy machine slows both alike.
"""
