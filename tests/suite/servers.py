"""The agency that gives and the Centre that keeps on real servers, whose databases are copies of the template."""
import os
import pathlib
import time

import harness

TIMEOUT = 180
CONNECT = """
channel = env['civic.channel'].browse(%(channel)s)
channel.url = %(url)r
channel.token_out = %(token)r
env.cr.commit()
channel.action_test()
print(channel.is_test_good, channel.test_result)
"""


class Parties:
    """Where the agency and the Centre are at home; ``name`` sets their databases apart from those of other tests."""

    name = ''
    agency: harness.Odoo
    centre: harness.Odoo

    @property
    def servers(self):
        """Each server once."""
        return list(dict.fromkeys((self.agency, self.centre)))

    def copy_template(self):
        template = os.environ['CIVIC_TEMPLATE']
        for odoo, side in zip(self.servers, ('agency', 'centre'), strict=False):
            odoo.database = f'{template}_{self.name}{side}'
            odoo.cluster.execute(f'DROP DATABASE IF EXISTS "{odoo.database}" WITH (FORCE)')
            odoo.copy(template, odoo.database, filestore=pathlib.Path(os.environ['CIVIC_FILESTORE']))

    def wait(self, odoo, query, expected, params=()):
        """Wait until the database answers so; the servers' own jobs do the work."""
        deadline = time.monotonic() + TIMEOUT
        while (found := odoo.cluster.execute(query, params, database=odoo.database)) != expected:
            assert time.monotonic() < deadline, f"{query} stayed {found}\n{odoo.log.read_text()[-3000:]}"
            time.sleep(0.3)

    def close(self):
        for odoo in self.servers:
            odoo.close()
            odoo.cluster.execute(f'DROP DATABASE IF EXISTS "{odoo.database}" WITH (FORCE)')


class TwoServers(Parties):
    """A server and a database each; they reach one another by a channel."""

    centre_addons: tuple[pathlib.Path, ...] = ()

    def __init__(self):
        self.agency = harness.Odoo(harness.Server())
        self.centre = harness.Odoo(harness.Server(), extra_addons=self.centre_addons)

    def connect(self, odoo, channel, url, token):
        """Let the channel of one server lead to the other, and test it."""
        answer = odoo.shell(odoo.database, CONNECT % {'channel': channel, 'url': url, 'token': token})
        assert answer.startswith('True'), answer


class OneServer(Parties):
    """Agencies of one database."""

    def __init__(self):
        self.agency = self.centre = harness.Odoo(harness.Server())
