import logging

import psycopg2

from .const import DEFAULT_LANG, DEFAULT_TZ

_logger = logging.getLogger(__name__)


def pre_init_hook(env):
    """Have trigrams at hand before the columns are indexed: agencies are found by parts of their names."""
    if env.registry.has_trigram:
        return
    try:
        with env.cr.savepoint(flush=False):
            env.cr.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        env.registry.has_trigram = True
    except psycopg2.Error as error:
        _logger.warning("Searching agencies will be slow: PostgreSQL's extension pg_trgm is missing (%s)", error)


def post_init_hook(env):
    """Make Vietnamese the language of the installation: the city's people work in it."""
    env['res.company']._civic_set_vietnamese_default(DEFAULT_LANG, DEFAULT_TZ)
