import re
from html import unescape

from odoo import api, models

from ..exceptions import SecretRefused
from ..tools.secrecy import find_secrecy_mark, find_secrecy_mark_in_name

_TAG = re.compile(r'<[^>]*>')


class CivicDocument(models.Model):
    """Refuse state secrets, on every path and without keeping anything of them."""

    _inherit = 'civic.document'

    @api.model
    def _get_short_texts(self):
        """Fields of one line, where a mark counts whatever its case."""
        return (
            'subject', 'reference', 'code_number', 'code_notation', 'issuer_name', 'signer_name', 'signer_position',
        )

    def _check_secrecy(self, values=None):
        """Refuse values (of the records themselves if None) that carry a mark of state secrecy.

        Decree 30/2020, Articles 15.2, 16.3 and 22.4, leaves such documents to the law on state secrets, which
        keeps them off networked machines: only the fact of the refusal is journalled.
        """
        if values is None:
            for document in self:
                document._check_secrecy({name: document[name] for name in (*self._get_short_texts(), 'description')})
            return
        if values.get('secrecy') not in (None, False, 'none'):
            self._refuse_secret('secrecy', self._name, self.id if len(self) == 1 else False)
        res_id = self.id if len(self) == 1 else False
        for name in self._get_short_texts():
            value = values.get(name)
            if value and find_secrecy_mark_in_name(str(value)):
                self._refuse_secret(name, self._name, res_id)
        description = values.get('description')
        if description and find_secrecy_mark(str(description)):
            self._refuse_secret('description', self._name, res_id)

    @api.model
    def _check_secret_text(self, text, *, where, model, res_id=False):
        """Refuse a text (HTML or plain) that goes onto a record of ours, such as a message."""
        text = str(text)
        # A tag may end a line (<div>) or stand in the middle of a word (<b>): read it both ways.
        for between in ('\n', '') if '<' in text else ('',):
            if find_secrecy_mark(unescape(_TAG.sub(between, text))):
                self._refuse_secret(where, model, res_id)

    @api.model
    def _refuse_secret(self, where, model, res_id=False, **detail):
        """Journal the refusal in its own transaction, naming the place but nothing of the content, and raise."""
        self.env['civic.journal.entry']._append_outside(
            'refusal', model=model, res_id=res_id or None, object_ref=None,
            detail={'reason': 'state_secret', 'where': where, **detail}, outcome='failure')
        raise SecretRefused(self.env._(
            "This system is connected to networks and must not keep state secrets (Mật, Tối mật, Tuyệt mật). "
            "Nothing was saved. Enter the document in the state-secret register outside this system.\n"
            "Legal basis: Law on Protection of State Secrets; Decree 30/2020/NĐ-CP, Articles 15.2, 16.3 and 22.4."))
