from .models.civic_hold_guard import FUNCTIONS


def uninstall_hook(env):
    """Remove what ``init`` made beside the tables: without the holds nothing has to be guarded."""
    for name in FUNCTIONS:
        env.cr.execute(f'DROP FUNCTION IF EXISTS {name} CASCADE')       # constants of ours
