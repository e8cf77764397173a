from odoo.tools import SQL


def post_init_hook(env):
    """Have the PDFs checked that were here before: the scheduled check takes them first."""
    env.cr.execute(SQL(
        "UPDATE civic_content SET signature_state = 'unknown' WHERE mimetype = %s AND signature_state IS NULL",
        'application/pdf'))
    env['civic.content'].invalidate_model(['signature_state'])
