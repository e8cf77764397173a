"""A library: nothing here imports Odoo, so that the command line and an archivist without a server can use it."""
