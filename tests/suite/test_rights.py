"""Who may do what: role × model × operation × agency, tried through JSON-RPC as each person.

The expectations stand in ``rights.csv``: one row per model and role; in each operation's column ``own``
(records of the own agency), ``all`` (of every agency) or nothing.  A new model without rows fails here.
A forbidden operation is really tried and must be refused; an allowed one is asked with ``has_access``
where trying it would change the city.
"""
import csv
import json
import pathlib

import pytest

from harness import RpcError

ROLES = ('vanthu', 'lanhdao', 'truongphong', 'chuyenvien', 'luutru', 'quanly', 'admin')
OPERATIONS = ('read', 'create', 'write', 'unlink')
REFUSALS = ('odoo.exceptions.AccessError', 'odoo.exceptions.UserError', 'odoo.exceptions.ValidationError',
            'odoo.exceptions.MissingError')
MATRIX = pathlib.Path(__file__).with_name('rights.csv')

# Something of everything: a sealed batch, a cancelled number, a checklist; the refused upload comes from the fixture.
SAMPLES = """
import json
clerk = env['res.users'].search([('login', '=', 'vanthu')])
home = clerk.company_id
if not env['civic.register.void'].search([('register_id.company_id', '=', home.id)], limit=1):
    env['civic.document'].with_user(clerk).with_company(home).search(
        [('state', '=', 'registered'), ('company_id', '=', home.id)], limit=1)._cancel("Đăng ký nhầm")
env['civic.journal.seal']._seal_batch()
if not env['civic.workfile.check'].search([('company_id', '=', home.id)], limit=1):
    env['civic.workfile.check'].create({'name': "Có tờ trình", 'workfile_id': env['civic.workfile'].search([
        ('company_id', '=', home.id), ('state', '=', 'open'), ('user_id.login', '=', 'chuyenvien')], limit=1).id})
# Letters and their files, not the papers of a council, which are for its members.
papers = env['civic.disposition'].search([]).workfile_id
usual = {
    'civic.document': [('direction', '=', 'incoming')], 'civic.content': [('document_id.direction', '=', 'incoming')],
    'civic.content.page': [('content_id.document_id.direction', '=', 'incoming')],
    'civic.workfile': [('id', 'not in', papers.ids)], 'civic.workfile.entry': [('workfile_id', 'not in', papers.ids)]}
# What an agency submitted it follows in the archive, too.
foreign = {'civic.accession': [('giver_company_id', '!=', home.id)]}
samples = {}
for name, model in env.registry.items():
    if name.startswith('civic.') and not model._abstract and not model._transient:
        Model = env[name].sudo().with_context(active_test=False)
        paths = ('company_id', 'document_id.company_id', 'register_id.company_id', 'content_id.document_id.company_id')
        path = next((path for path in paths
                     if path.split('.')[0] in Model._fields and Model._fields[path.split('.')[0]].store), None)
        if path:
            own = Model.search([(path, '=', home.id), *usual.get(name, [])], limit=1).id
            other = Model.search([(path, 'not in', [home.id, False]), *foreign.get(name, [])], limit=1).id
            shared = '.' not in path and Model.search([(path, '=', False)], limit=1).id
        else:
            own, other, shared = False, False, Model.search([], limit=1).id
        samples[name] = {'own': own, 'other': other, 'shared': shared}
print(json.dumps(samples))
"""
NOBODYS = 2_000_000_000        # an id that no table has reached


@pytest.fixture(scope='module')
def samples(city, client):
    client('vanthu').upload('/civic/incoming/upload', [('hong.pdf', b'%PDF-1.4 cut')])
    return json.loads(city.shell(city.database, SAMPLES))


def expectations():
    with MATRIX.open(encoding='utf-8', newline='') as stream:
        return {(row['model'], row['role']): row for row in csv.DictReader(stream)}


def allowed(client, model, operation, record_id) -> bool:
    """Whether the operation gets through, tried for real where a refusal is expected to be harmless."""
    if operation == 'create':
        return client.call(model, 'has_access', [], 'create')
    ids = [record_id] if record_id else []
    if not client.call(model, 'has_access', ids, operation):
        with pytest.raises(RpcError) as refusal:                      # and the door is really shut
            client.call(model, operation, [record_id or NOBODYS], *([{}] if operation == 'write' else []))
        assert refusal.value.name in REFUSALS, f"{model}.{operation}: {refusal.value.name} {refusal.value}"
        return False
    return True


def observed(client, model, sample) -> dict:
    row = {}
    for operation in OPERATIONS:
        own = allowed(client, model, operation, sample['own'] or sample['shared'])
        other = bool(operation != 'create' and sample['other'] and allowed(client, model, operation, sample['other']))
        row[operation] = ('all' if other else 'own') if own else ('other!' if other else '')
    return row


def test_every_model_has_its_rows(samples):
    known = {model for model, _role in expectations()}
    assert set(samples) == known, "rights.csv and the models of the suite differ"


@pytest.mark.parametrize('role', ROLES)
def test_rights(client, samples, role):
    table, session = expectations(), client(role)
    differences = []
    for model, sample in sorted(samples.items()):
        row = table.get((model, role))
        if row is None:
            continue                                                   # named by the test above
        found = observed(session, model, sample)
        expected = {operation: row[operation] for operation in OPERATIONS}
        if not sample['other']:                                        # the small city has none of another agency today
            expected = {operation: word.replace('all', 'own') for operation, word in expected.items()}
        differences += [
            f"{model} {operation}: expected {expected[operation]!r}, found {found[operation]!r}"
            for operation in OPERATIONS if expected[operation] != found[operation]
        ]
    assert not differences, "\n".join(differences)


@pytest.mark.parametrize('role', [role for role in ROLES if role != 'admin'])
def test_search_shows_no_other_agency(client, samples, role):
    """What a person may not read does not appear in a list or count either."""
    table, session = expectations(), client(role)
    for model, sample in sorted(samples.items()):
        row = table.get((model, role))
        if row and sample['other'] and row['read'] == 'own':
            assert not session.call(model, 'search_count', [('id', '=', sample['other'])]), model


def test_private_methods_are_not_callable(client):
    session = client('vanthu')
    for model, method in (('civic.journal.entry', '_append'), ('civic.document', '_register_documents'), ('civic.document', '_move_to')):
        with pytest.raises(RpcError):
            session.call(model, method, [])
