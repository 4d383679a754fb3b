"""Configuration of Yardstick: settings from the environment, logging, gunicorn, and programmes as data."""
