import hashlib

from odoo import api, fields, models

from odoo.addons.civic_archive.tools import national


class CivicNationalDesk(models.Model):
    """What a national database of archival fonds was told: one row per description or package."""

    _name = 'civic.national.desk'
    _description = "Row of the National Database"

    channel_id = fields.Many2one('civic.channel', required=True)
    fonds = fields.Char(required=True)
    key = fields.Char(required=True)
    digest = fields.Char(required=True)
    title = fields.Char()

    _key_uniq = models.UniqueIndex('(channel_id, fonds, key)', "One thing has one key.")

    @api.model
    def _on_received(self, delivery):
        fonds = delivery.meta['fonds']
        if delivery.kind == national.METADATA:
            with delivery.part_ids._open() as stream:
                rows = national.read_rows(stream.read())
        else:
            with delivery.part_ids._open() as stream:
                digest = hashlib.sha256(stream.read()).hexdigest()
            rows = [{'key': delivery.meta['key'], 'title': delivery.meta['key'], 'digest': digest}]
        accepted, refused = {}, {}
        for row in rows:
            known = self.search([('channel_id', '=', delivery.channel_id.id), ('fonds', '=', fonds), ('key', '=', row['key'])])
            if row.get('withdrawn'):
                known.unlink()
            elif not row.get('title'):
                refused[row['key']] = "Thiếu tiêu đề"
                continue
            else:
                values = {'digest': row.get('digest') or national.fingerprint(row), 'title': row['title']}
                if known:
                    known.write(values)
                else:
                    self.create({'channel_id': delivery.channel_id.id, 'fonds': fonds, 'key': row['key'], **values})
            accepted[row['key']] = row.get('digest') or national.fingerprint(row)
        count = self.search_count([('channel_id', '=', delivery.channel_id.id), ('fonds', '=', fonds)])
        part = delivery.channel_id._store_parts((
            'answer.json', national.write_answer(delivery.key, accepted, refused, {fonds: count}), 'application/json'))
        delivery._send(delivery.channel_id, national.ANSWER, part, key=f'{delivery.key}-answer')

    @api.model
    def _on_receipt(self, delivery):
        """The archive has the answer."""


class CivicDelivery(models.Model):
    _inherit = 'civic.delivery'

    @api.model
    def _get_kinds(self):
        return {**super()._get_kinds(), **dict.fromkeys((national.METADATA, national.PACKAGE), 'civic.national.desk')}

    def _get_handler(self):
        if self.direction == 'out' and self.kind == national.ANSWER:
            return self.env['civic.national.desk'].sudo()
        return super()._get_handler()
