"""Two real servers with a database each, copies of the template, that reach one another by a channel."""
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


class TwoServers:
    """The agency that gives and the Centre that keeps; ``name`` sets their databases apart from those of other tests."""

    name = ''
    centre_addons: tuple[pathlib.Path, ...] = ()

    def __init__(self):
        self.agency = harness.Odoo(harness.Server())
        self.centre = harness.Odoo(harness.Server(), extra_addons=self.centre_addons)

    @property
    def both(self):
        return self.agency, self.centre

    def copy_template(self):
        template = os.environ['CIVIC_TEMPLATE']
        for odoo, side in zip(self.both, ('agency', 'centre'), strict=True):
            odoo.database = f'{template}_{self.name}{side}'
            odoo.cluster.execute(f'DROP DATABASE IF EXISTS "{odoo.database}" WITH (FORCE)')
            odoo.copy(template, odoo.database, filestore=pathlib.Path(os.environ['CIVIC_FILESTORE']))

    def connect(self, odoo, channel, url, token):
        """Let the channel of one server lead to the other, and test it."""
        answer = odoo.shell(odoo.database, CONNECT % {'channel': channel, 'url': url, 'token': token})
        assert answer.startswith('True'), answer

    def wait(self, odoo, query, expected, params=()):
        """Wait until the database answers so; the servers' own jobs do the work."""
        deadline = time.monotonic() + TIMEOUT
        while (found := odoo.cluster.execute(query, params, database=odoo.database)) != expected:
            assert time.monotonic() < deadline, f"{query} stayed {found}\n{odoo.log.read_text()[-3000:]}"
            time.sleep(0.3)

    def close(self):
        for odoo in self.both:
            odoo.close()
            odoo.cluster.execute(f'DROP DATABASE IF EXISTS "{odoo.database}" WITH (FORCE)')
