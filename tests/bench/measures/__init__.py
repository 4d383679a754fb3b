"""One benchmark in each file; the runner finds them by itself."""
