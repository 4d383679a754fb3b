"""Bodies that end: the successor map, and handing a body over to whoever takes its place."""
