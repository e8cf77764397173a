"""The database as a file (pg_dump's own format), and a scratch database made of it; plain Python beside Odoo's settings."""
import subprocess
import tempfile

from odoo.sql_db import db_connect
from odoo.tools import SQL
from odoo.tools.misc import exec_pg_environ, find_pg_tool

# What would begin to work in a copy of the database that a server finds: its rows stay out of scratch databases.
ACTIVE = (
    'ir_cron', 'ir_cron_trigger', 'ir_cron_progress', 'queue_job', 'queue_job_lock', 'mail_mail', 'ir_mail_server', 'fetchmail_server')


class DumpFailed(Exception):
    """A program of PostgreSQL is not there or failed; the text is what it said."""


def _run(name, *arguments, **options):
    try:
        program = find_pg_tool(name)
    except Exception as error:
        raise DumpFailed(str(error)) from None
    done = subprocess.run(
        [program, *arguments], env=exec_pg_environ(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, **options)
    if done.returncode:
        raise DumpFailed(f'{name}: ' + done.stderr.decode(errors='replace').strip()[-400:])
    return done


def count_rows(cr, tables):
    """Return {table: number of rows} as this transaction sees them."""
    counts = {}
    for table in tables:
        cr.execute(SQL("SELECT count(*) FROM %s", SQL.identifier(table)))
        [counts[table]] = cr.fetchone()
    return counts


def dump(database, target, tables):
    """Write the database to ``target``; return {table: number of rows} of these tables as they are in it.

    Both see the database at one moment (an exported snapshot), whatever others write meanwhile.

    :raises DumpFailed:
    """
    with db_connect(database).cursor() as cr:
        cr.execute("SELECT pg_export_snapshot()")
        [snapshot] = cr.fetchone()
        with open(target, 'wb') as output:
            _run('pg_dump', '--format=custom', '--no-owner', '--no-privileges', f'--snapshot={snapshot}',
                 '--lock-wait-timeout=60000', database, stdout=output)
        return count_rows(cr, tables)


def restore(database, source, tables):
    """Make a scratch database of a dump, count the rows of these tables in it, and drop it again; return the counts.

    :raises DumpFailed:
    """
    listing = _run('pg_restore', '--list', source, stdout=subprocess.PIPE).stdout.decode()
    wanted = [
        line for line in listing.splitlines()
        if not any(f' TABLE DATA public {table} ' in line for table in ACTIVE)]
    with tempfile.NamedTemporaryFile('w') as chosen:
        chosen.write('\n'.join(wanted))
        chosen.flush()
        _drop(database)
        try:
            _run('createdb', '--template=template0', '--encoding=UTF8', database)
            _run('pg_restore', '--no-owner', '--no-privileges', '--no-comments', '--exit-on-error', '--section=pre-data',
                 '--section=data', f'--use-list={chosen.name}', f'--dbname={database}', source, stdout=subprocess.DEVNULL)
            # not through the pool, which would keep a connection to what is dropped
            return _count(database, tables)
        finally:
            _drop(database)


def _drop(database):
    """Drop the scratch database. Force ends sessions that were left in it, but is refused while the server itself vacuums there;
    without force the server ends its vacuuming."""
    try:
        _run('dropdb', '--if-exists', database)
    except DumpFailed:
        _run('dropdb', '--if-exists', '--force', database)


def _count(database, tables):
    query = ' UNION ALL '.join(f"SELECT '{table}', count(*) FROM \"{table}\"" for table in tables)
    done = _run('psql', '--no-psqlrc', '-At', '-F', ' ', '-c', query, database, stdout=subprocess.PIPE)
    return {table: int(count) for table, count in (line.split() for line in done.stdout.decode().splitlines())}
