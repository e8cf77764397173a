from .const import DEFAULT_LANG, DEFAULT_TZ


def post_init_hook(env):
    """Make Vietnamese the language of the installation: the city's people work in it."""
    env['res.company']._civic_set_vietnamese_default(DEFAULT_LANG, DEFAULT_TZ)
