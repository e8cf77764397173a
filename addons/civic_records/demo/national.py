"""A stand-in of the national database of archival fonds: it takes what the centre reports from a shared folder, and answers."""
import base64
import hashlib
import io
import json
import shutil
from datetime import datetime, timezone
from pathlib import Path

from odoo import SUPERUSER_ID

from odoo.addons.civic_archive.tools import national
from odoo.addons.civic_transport.tools import receipt
from odoo.addons.civic_transport.tools.folder import RECEIPT, FolderTransport
from odoo.addons.civic_transport.tools.protocol import Declaration, Part

NAME = "Cơ sở dữ liệu quốc gia về tài liệu lưu trữ (mẫu)"
FOLDER_THERE, FOLDER_BACK = 'co-so-du-lieu-quoc-gia/di', 'co-so-du-lieu-quoc-gia/den'


class NationalDesk:
    """Has a fonds reported, and answers as the national database would.

    :param centre: the archives centre of the demo city
    """

    def __init__(self, centre):
        self.centre = centre
        self.signer = receipt.Ed25519Signer(receipt.Ed25519Signer.make_secret())

    def load(self):
        """Report the fonds of the office with its packages; each delivery gets its receipt and its answer."""
        if self.centre.centre.national_channel_id:
            return
        fonds = self.centre.loader._ref('archive_fonds_ubnd')
        root = self.centre.loader.env(user=SUPERUSER_ID, su=True, context=self.centre.as_('luutru.lt').context)
        place = Path(root['civic.transport.key']._get_settings().transport_root)
        there, back = place / FOLDER_THERE, place / FOLDER_BACK
        for folder in (there, back):
            shutil.rmtree(folder, ignore_errors=True)       # what the desk of another demo city left
            folder.mkdir(parents=True)
        channel = root['civic.channel'].create({
            'name': NAME, 'company_id': self.centre.centre.id, 'transport': 'folder', 'folder_out': FOLDER_THERE,
            'folder_in': FOLDER_BACK, 'partner_key': base64.b64encode(self.signer.public).decode()})
        self.centre.centre.national_channel_id = channel
        fonds.national_feed = 'packages'
        root.flush_all()
        fonds.with_env(self.centre.as_('luutru.lt')).action_feed()
        reported = root['civic.delivery'].search([('channel_id', '=', channel.id)])
        # not by the queue: its jobs of this kind see only what is committed
        reported._job_send()
        self._answer(FolderTransport(back, there))
        reported.next_try_at = False
        reported._job_send()
        channel._job_scan_folder()

    def _answer(self, desk):
        """Put a signed receipt beside each delivery, then send back what was taken over of each, and how much is there now."""
        taken = []
        for folder in desk.list_incoming():
            declaration = Declaration.parse(desk.read_declaration(folder))
            raw = b''.join(desk.read_part(folder, 0, 0))
            content = {
                'key': declaration.key, 'kind': declaration.kind, 'id': folder.name, 'received_at': _now(), 'receiver': {'agency': NAME},
                'parts': [{'name': part.name, 'size': part.size, 'sha256': part.sha256} for part in declaration.parts]}
            (folder / RECEIPT).write_text(json.dumps(receipt.sign(content, self.signer)))
            if declaration.kind == national.METADATA:
                accepted = {row['key']: national.fingerprint(row) for row in national.read_rows(raw)}
            else:
                accepted = {declaration.meta['key']: hashlib.sha256(raw).hexdigest()}
            taken.append((declaration, accepted))
        count = sum(len(accepted) for _declaration, accepted in taken)
        for declaration, accepted in taken:
            answer = national.write_answer(declaration.key, accepted, {}, {declaration.meta['fonds']: count})
            part = Part('answer.json', len(answer), hashlib.sha256(answer).hexdigest(), 'application/json')
            desk.send(
                Declaration(key=f'{declaration.key}-answer', kind=national.ANSWER, created_at=_now(), parts=(part,)),
                lambda _number, answer=answer: io.BytesIO(answer), on_progress=lambda _done: False, deadline=float('inf'))


def _now():
    return datetime.now(timezone.utc).isoformat()
