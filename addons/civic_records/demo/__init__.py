"""The demo city. Loaded on purpose only, from a shell: ``from odoo.addons.civic_records.demo import load; load(env)``."""

from .loader import load
