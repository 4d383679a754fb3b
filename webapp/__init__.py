"""Everything of Yardstick that touches the world: web pages, database, mail, files, the clock, the command line."""
