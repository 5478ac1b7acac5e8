"""A PostgreSQL of the project's own for development and tests: nothing to install, no port, one folder."""
