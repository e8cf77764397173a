from psycopg2.errors import UniqueViolation

from odoo import Command, api, fields, models
from odoo.exceptions import ConcurrencyError, UserError, ValidationError

SERIES_DIRECTIONS = [('incoming', "Incoming"), ('outgoing', "Outgoing"), ('internal', "Internal")]


class CivicRegisterSeries(models.Model):
    """One run of numbers of an agency: which documents share one counter.

    Decree 30/2020, Article 15: the head of the agency decides how administrative documents are
    numbered; each type of legislative document has its own series; an advisory body that uses the
    seal of the agency has its own (Annex I, II.3.a); all kinds of copies share one.
    """

    _name = 'civic.register.series'
    _inherit = ['civic.cached.mixin']                   # which series numbers what: _get_known_id
    _description = "Number Series"
    _order = 'company_id, direction, sequence, id'
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        'res.company', string="Agency", required=True, index=True, ondelete='restrict',
        default=lambda self: self.env.company)
    direction = fields.Selection(SERIES_DIRECTIONS, required=True)
    sequence = fields.Integer(default=10)
    type_ids = fields.Many2many(
        'civic.document.type', string="Document Types",
        help="Leave empty to number all types that no other series of the agency takes.")
    separate_body_id = fields.Many2one(
        'res.partner', string="Advisory Body", index='btree_not_null', ondelete='restrict',
        help="A council, committee or team that issues under the seal of the agency: it must have its own series.")
    legal_basis = fields.Char(help="The regulation of the agency that sets this series up.")
    covers_all_types = fields.Boolean(compute='_compute_covers_all_types', store=True)
    default_key = fields.Char(readonly=True, copy=False, export_string_translation=False)
    register_ids = fields.One2many('civic.register', 'series_id', string="Registers")
    active = fields.Boolean(default=True)

    _default_key_uniq = models.UniqueIndex(
        '(company_id, default_key) WHERE default_key IS NOT NULL', "The agency already has this standard series.")
    _covers_all_uniq = models.UniqueIndex(
        '(company_id, direction, (COALESCE(separate_body_id, 0))) WHERE active AND covers_all_types',
        "The agency already has a series for all other types of documents in this direction.")

    @api.depends('type_ids')
    def _compute_covers_all_types(self):
        for series in self:
            series.covers_all_types = not series.type_ids

    @api.constrains('company_id', 'direction', 'type_ids', 'separate_body_id', 'active')
    def _check_type_claims(self):
        active_series = self.filtered('active')
        rivals = self.search([
            ('company_id', 'in', active_series.company_id.ids),
            ('type_ids', 'in', active_series.type_ids.ids),
        ])
        claims = {}
        for series in rivals | active_series:
            for document_type in series.type_ids:
                key = (series.company_id, series.direction, series.separate_body_id, document_type)
                other = claims.setdefault(key, series)
                if other != series:
                    raise ValidationError(self.env._(
                        "Documents of the type “%(type)s” are already numbered by the series “%(series)s”.",
                        type=document_type.display_name, series=other.display_name))

    def write(self, vals):
        frozen = {'company_id', 'direction', 'separate_body_id'}.intersection(vals)
        # sudo: registers that the user cannot see count as well
        if frozen and self.sudo().register_ids:
            for series in self.sudo():
                for name in frozen:
                    if series.register_ids and series._fields[name].convert_to_write(series[name], series) != vals[name]:
                        raise UserError(self.env._(
                            "Numbers have been given in the series “%s”: make a new series instead.",
                            series.display_name))
        return super().write(vals)

    # === BUSINESS === #

    @api.model
    def _find(self, company, direction, document_type, body=None, create=True):
        """Return the series that numbers such a document; the standard ones are made when first needed.

        With ``create=False`` nothing is made, and the answer may be empty.

        Internal documents are documents of the agency: without a series of their own they are
        numbered together with the outgoing ones.
        """
        if direction not in dict(SERIES_DIRECTIONS):
            raise UserError(self.env._("Only incoming, outgoing and internal documents are numbered."))
        # sudo: whoever may register may find the series; only its id is used
        candidates = self.sudo().search([('company_id', '=', company.id), ('direction', '=', direction)])
        if direction == 'internal' and not candidates:
            return self._find(company, 'outgoing', document_type, body, create)
        of_body = candidates.filtered(lambda series: body and series.separate_body_id == body)
        candidates = of_body or candidates.filtered(lambda series: not series.separate_body_id)
        series = candidates.filtered(lambda series: document_type and document_type in series.type_ids)
        if not series and not of_body:
            series = self._get_standard(company, direction, document_type, special=True, create=create)
        series = series or candidates.filtered('covers_all_types')
        if not series and not of_body:
            series = self._get_standard(company, direction, document_type, create=create)
        if not series and not create:
            return self.browse()
        if len(series) != 1:
            raise UserError(self.env._(
                "%(count)s number series of %(agency)s take documents of the type “%(type)s”: there must be exactly one.",
                count=len(series), agency=company.display_name, type=document_type.display_name or '-'))
        return series.sudo(self.env.su)

    @api.model
    def _get_standard(self, company, direction, document_type, special=False, create=True):
        """Return the standard series, made if the agency never had it; nothing if it was archived."""
        types = document_type.browse()
        if not special:
            key = direction
        elif direction != 'outgoing' or document_type.kind not in ('copy', 'legislative'):
            return self.browse()
        elif document_type.kind == 'copy':
            key = 'copy'
            types = self.env['civic.document.type'].with_context(active_test=False).search([('kind', '=', 'copy')])
        else:
            key = f'legislative:{document_type.id}'
            types = document_type
        # sudo: the standard series are part of the set-up and no choice of the user
        series = self.sudo().with_context(active_test=False).search(
            [('company_id', '=', company.id), ('default_key', '=', key)])
        if series or not create:
            return series.filtered('active')
        return self._create_standard(company, direction, key, types)

    @api.model
    def _create_standard(self, company, direction, key, types):
        lang = company.sudo().partner_id.lang or self.env.lang
        names_in_lang = self.with_context(lang=lang)
        if key == 'copy':
            name = names_in_lang.env._("Copies of documents")
        elif types:
            name = types.with_context(lang=lang).name
        elif direction == 'incoming':
            name = names_in_lang.env._("Incoming documents")
        elif direction == 'outgoing':
            name = names_in_lang.env._("Outgoing documents")
        else:
            name = names_in_lang.env._("Internal documents")
        try:
            with self.env.cr.savepoint():
                return self.sudo().create({
                    'name': name,
                    'company_id': company.id,
                    'direction': direction,
                    'default_key': key,
                    'type_ids': [Command.set(types.ids)],
                    'sequence': 20 if types else 10,
                })
        except UniqueViolation as error:
            # Another clerk has just made it, after our snapshot: start over with a new one.
            raise ConcurrencyError(f"standard series {key} of company {company.id}") from error

    @api.model
    def _ensure_standard(self, companies=None):
        """Give the agencies (all by default) their standard series."""
        # sudo: part of the set-up
        companies = companies or self.env['res.company'].sudo().search([('active', '=', True)])
        no_type = self.env['civic.document.type']
        existing = {
            (company, direction)
            for company, direction in self.sudo()._read_group(
                [('company_id', 'in', companies.ids), ('covers_all_types', '=', True), ('separate_body_id', '=', False)],
                ['company_id', 'direction'])
        }
        for company in companies:
            for direction in ('incoming', 'outgoing'):
                if (company, direction) not in existing:
                    self._get_standard(company, direction, no_type)

    # === ACTIONS === #

    def action_open_registers(self):
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('civic_document.civic_register_action')
        action.update({'domain': [('series_id', '=', self.id)], 'context': {}})
        return action
