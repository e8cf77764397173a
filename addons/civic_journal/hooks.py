def uninstall_hook(env):
    """Remove what ``init`` made beside the tables.

    Only an empty journal can be uninstalled (see ``ir.module.module``), so nothing is lost.
    """
    env.cr.execute("DROP TABLE IF EXISTS civic_journal_pending CASCADE")
    env.cr.execute("DROP FUNCTION IF EXISTS civic_journal_enqueue() CASCADE")
    env.cr.execute("DROP FUNCTION IF EXISTS civic_journal_refuse() CASCADE")
