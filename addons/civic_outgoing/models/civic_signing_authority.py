from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ..const import CAPACITIES

PREFIXES = {'kt': "KT.", 'tl': "TL.", 'tuq': "TUQ.", 'tm': "TM.", 'q': "Q."}


class CivicSigningAuthority(models.Model):
    """Who may sign what, in which capacity (Decree 30/2020, Article 13; Annex I, II.7.b).

    * The head signs everything, in a collective regime for the collective (TM.); an acting head (Q.) as well.
    * A deputy (KT.) signs in the fields assigned, or documents that the head gave one by one (13.1, 13.2).
    * TUQ.: in writing, limited in time and in what it covers, never passed on (13.3).
    * TL.: the types that the working regulation lists; the head of the unit may pass it to a deputy (13.4).
    """

    _name = 'civic.signing.authority'
    _description = "Signing Authority"
    _inherit = ['civic.journal.mixin']
    _order = 'company_id, sequence, id'
    _check_company_auto = True

    company_id = fields.Many2one(
        'res.company', "Agency", required=True, index=True, ondelete='cascade', default=lambda self: self.env.company)
    sequence = fields.Integer(default=10)
    user_id = fields.Many2one(
        'res.users', "Person", required=True, index=True, ondelete='restrict', domain="[('share', '=', False)]")
    capacity = fields.Selection(CAPACITIES, required=True, default='head')
    position = fields.Char(required=True, help="The post as it stands under a document, such as PHÓ CHỦ TỊCH.")
    signer_name = fields.Char(
        "Name on Documents", compute='_compute_signer_name', store=True, readonly=False, precompute=True, required=True,
        help="Without academic titles and honours (Decree 30/2020, Annex I, II.7.b).")
    principal_title = fields.Char(
        help="The post in whose place, by whose order or authority the person signs, such as CHỦ TỊCH.")
    collective_name = fields.Char(help="The collective for which is signed, such as ỦY BAN NHÂN DÂN.")
    type_ids = fields.Many2many(
        'civic.document.type', string="Document Types", help="Empty: every type. Signing by order needs a list.")
    unit_ids = fields.Many2many(
        'hr.department', string="Fields", check_company=True,
        help="Units whose documents the person may sign: the fields assigned to a deputy.")
    covers_all = fields.Boolean("Every Field", help="A deputy in charge of the whole agency.")
    document_ids = fields.Many2many(
        'civic.document', 'civic_signing_authority_document_rel', string="Given One by One",
        help="Documents that the head gave this person to sign, whatever the field.")
    scope_note = fields.Char("What It Covers", help="In words, as the basis says.")
    basis = fields.Char("Written Basis", help="Regulation, assignment or authorisation: number, notation and date.")
    basis_document_id = fields.Many2one(
        'civic.document', "Basis on File", check_company=True, index='btree_not_null', ondelete='restrict')
    delegated_by_id = fields.Many2one(
        'civic.signing.authority', "Passed On or Given By", check_company=True, index='btree_not_null',
        ondelete='restrict', help="The authority that this one is taken from.")
    may_pass_on = fields.Boolean(
        "May Be Passed to the Deputy", help="The head of the unit may let a deputy of the unit sign by order.")
    date_from = fields.Date("From", required=True, default=lambda self: self.env['civic.document']._today())
    date_to = fields.Date("Until")
    active = fields.Boolean(default=True)
    block = fields.Text("Signature Block", compute='_compute_block', help="As it stands under a document.")

    _dates_in_order = models.Constraint(
        'CHECK (date_to IS NULL OR date_to >= date_from)', "The authority cannot end before it begins.")
    _find_idx = models.Index("(company_id, user_id) WHERE active")

    # === COMPUTE === #

    @api.depends('user_id')
    def _compute_signer_name(self):
        for authority in self:
            authority.signer_name = authority.signer_name or authority.user_id.name

    @api.depends('capacity', 'position', 'principal_title', 'collective_name', 'delegated_by_id.position')
    def _compute_block(self):
        for authority in self:
            authority.block = '\n'.join(authority._get_block())

    @api.depends('user_id', 'capacity', 'position')
    def _compute_display_name(self):
        for authority in self:
            prefix = PREFIXES.get(authority.capacity)
            post = ' '.join(filter(None, (prefix if authority.capacity != 'q' else None, authority.position)))
            authority.display_name = f"{authority.signer_name or ''} – {post}"

    def _get_block(self):
        """Return the lines of the signature block above the name, the prefix of the capacity first (Annex I, II.7.b)."""
        self.ensure_one()
        position = (self.position or '').strip()
        title = (self.principal_title or '').strip()
        lines = []
        if self.collective_name and self.capacity in ('tm', 'kt', 'q'):
            lines.append(f"TM. {self.collective_name.strip()}")
        match self.capacity:
            case 'kt' | 'tuq':
                lines.append(f"{PREFIXES[self.capacity]} {title}")
            case 'tl':
                lines.append(f"TL. {title}")
                if self.delegated_by_id:
                    lines.append(f"KT. {self.delegated_by_id.position}")
            case 'q':
                position = f"Q. {position}"
        return [*lines, position]

    # === CONSTRAINTS === #

    @api.constrains(
        'capacity', 'basis', 'basis_document_id', 'date_to', 'type_ids', 'unit_ids', 'scope_note', 'document_ids')
    def _check_written(self):
        """Art. 13.3 and 13.4: in writing, limited in time and content; by order only types that are listed."""
        for authority in self:
            has_basis = authority.basis or authority.basis_document_id
            if authority.capacity == 'tuq' and not (
                    has_basis and authority.date_to and (authority.type_ids or authority.unit_ids or authority.document_ids)):
                raise ValidationError(self.env._(
                    "Authority to sign is given in writing, until a day and for certain types, fields or documents: "
                    "fill in the basis, the last day and what it covers (Decree 30/2020, Article 13.3)."))
            if authority.capacity == 'tl' and not (has_basis and authority.type_ids):
                raise ValidationError(self.env._(
                    "Signing by order is laid down in the working regulation: fill in the regulation and the types that "
                    "it lists (Decree 30/2020, Article 13.4)."))

    @api.constrains('capacity', 'principal_title', 'collective_name')
    def _check_titles(self):
        for authority in self:
            if authority.capacity in ('kt', 'tl', 'tuq') and not (authority.principal_title or '').strip():
                raise ValidationError(self.env._("Say in whose place or by whose order the person signs."))
            if authority.capacity == 'tm' and not (authority.collective_name or '').strip():
                raise ValidationError(self.env._("Say for which collective the person signs."))

    @api.constrains('capacity', 'delegated_by_id', 'date_from', 'date_to', 'may_pass_on', 'type_ids')
    def _check_delegation(self):
        """What was given in writing is never given on; signing by order only if that was foreseen, and no wider."""
        for authority in self | self.search([('delegated_by_id', 'in', self.ids)]):
            giver = authority.delegated_by_id
            if not giver:
                continue
            if giver == authority or giver.delegated_by_id:
                raise ValidationError(self.env._("An authority that was passed on is not passed on once more."))
            if giver.capacity == 'tuq':
                raise ValidationError(self.env._(
                    "%s signs by authority given in writing and cannot give it on (Decree 30/2020, Article 13.3).",
                    giver.user_id.name))
            if giver.capacity == 'tl':
                if authority.capacity != 'tl' or not giver.may_pass_on:
                    raise ValidationError(self.env._(
                        "%s may not let anybody else sign by order.", giver.user_id.name))
                if authority.type_ids - giver.type_ids:
                    raise ValidationError(self.env._(
                        "The deputy signs no other types than %s does.", giver.user_id.name))

    @api.constrains('company_id', 'user_id')
    def _check_agency(self):
        for authority in self:
            # sudo: who works where is known in the house
            if authority.company_id not in authority.sudo().user_id.company_ids:
                raise ValidationError(self.env._(
                    "%(person)s does not work for %(agency)s.",
                    person=authority.user_id.name, agency=authority.company_id.name))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        authorities = super().create(vals_list)
        authorities._journal_configuration('create')
        return authorities

    def write(self, vals):
        result = super().write(vals)
        self._journal_configuration('write', fields=sorted(vals))
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: documents that the user may not read count as well
        if self.env['civic.document'].sudo().search_count([('signing_authority_id', 'in', self.ids)], limit=1):
            raise UserError(self.env._("Documents refer to this authority: end it, or archive it."))

    def _journal_configuration(self, act, **detail):
        self.env['civic.journal.entry']._append('configuration', self, details={
            authority.id: {
                'act': act, 'person': authority.user_id.login, 'capacity': authority.capacity,
                'from': fields.Date.to_string(authority.date_from),
                'until': fields.Date.to_string(authority.date_to) or None, **detail}
            for authority in self})

    # === WHO MAY SIGN === #

    @api.model
    def _find(self, user, document, date=None):
        """Return the authority under which the person may sign the document on the day (today), or nothing."""
        authorities, _why = self._examine(user, document, date)
        return authorities[:1]

    @api.model
    def _examine(self, user, document, date=None):
        """Return the authorities that cover the document, and why the others of the person do not."""
        date = fields.Date.to_date(date) or self.env['civic.document']._today()
        # sudo: who may sign is asked by whoever drafts, and is known in the house
        candidates = self.sudo().search(
            Domain('company_id', '=', document.company_id.id) & Domain('user_id', '=', user.id))
        reasons, covering = [], self.sudo().browse()
        for authority in candidates:
            reason = authority._get_refusal(document, date)
            if reason:
                reasons.append(reason)
            else:
                covering |= authority
        if not candidates:
            reasons.append(self.env._(
                "%(person)s has no authority to sign for %(agency)s. Ask the records administrator to enter it.",
                person=user.sudo().name or self.env._("Nobody"), agency=document.company_id.name))
        return covering, reasons

    def _get_refusal(self, document, date):
        """Return why the authority does not cover the document on the day, in words, or nothing."""
        self.ensure_one()
        name = self.user_id.name
        if date < self.date_from or (self.date_to and date > self.date_to):
            return self.env._(
                "The authority of %(person)s to sign does not hold on %(date)s.",
                person=name, date=format_date(self.env, date))
        if self.delegated_by_id and self.delegated_by_id._get_refusal(document, date):
            return self.env._("%s passed on an authority that does not cover this document.", self.delegated_by_id.user_id.name)
        if document._origin in self.document_ids:
            return None
        if self.type_ids and document.type_id not in self.type_ids:
            return self.env._(
                "The authority of %(person)s to sign does not cover documents of the type “%(type)s”.",
                person=name, type=document.type_id.name or "–")
        in_field = document.unit_id in self.unit_ids
        if self.capacity == 'kt' and not self.covers_all and not in_field:
            return self.env._(
                "%(person)s signs in place of the head only in the fields assigned, and “%(unit)s” is none of them "
                "(Decree 30/2020, Article 13).", person=name, unit=document.unit_id.name or "–")
        if self.unit_ids and not in_field and not self.covers_all:
            return self.env._(
                "The authority of %(person)s to sign does not cover documents of “%(unit)s”.",
                person=name, unit=document.unit_id.name or "–")
        if self.capacity == 'tuq' and not self.type_ids and not self.unit_ids:
            return self.env._("%s may sign only the documents that were given one by one.", name)
        return None
