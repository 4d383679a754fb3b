"""The domain of Yardstick: pure Python, no framework, no clock, no I/O."""
