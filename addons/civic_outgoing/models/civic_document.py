from lxml import etree

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..const import LOCKED_STATES, OUTGOING_STATES, RELATIONS, REVIEW_STATES

VIEW_CLASS = 'o_civic_outgoing'


class CivicDocument(models.Model):
    """The way of an outgoing document (Decree 30/2020, Articles 10 to 19): draft, check, approve, sign, number, issue.

    draft ──► review ──► to_sign ──► signed ──► registered ──► issued ──► recalled
      ▲         │  ▲       │           │
      │         │  └───────┤           │  returned to an earlier step, or changed after it was approved
      └─────────┴──────────┴───────────┘  returned to the drafter, withdrawn, or the signature given up

    Whoever drafts writes the draft; then the route says whose turn it is. From the signature on nobody changes the
    file or the metadata. Clerks number and issue. Documents that were signed elsewhere and that a clerk enters
    (without ``drafter_id``) are registered from the draft at once.
    """

    _inherit = 'civic.document'

    state = fields.Selection(
        selection_add=[
            ('draft', "Draft"),
            ('review', "Under review"),
            ('to_sign', "To be signed"),
            ('signed', "Signed"),
            ('registered', "Registered"),
            ('issued', "Issued"),
            ('recalled', "Recalled"),
            ('cancelled',),
        ],
        ondelete={
            'review': lambda documents: documents._write_by_system({'state': 'draft'}),
            'to_sign': lambda documents: documents._write_by_system({'state': 'draft'}),
            'signed': lambda documents: documents._write_by_system({'state': 'draft'}),
            'issued': lambda documents: documents._write_by_system({'state': 'registered'}),
            'recalled': lambda documents: documents._write_by_system({'state': 'registered'}),
        },
    )

    drafter_id = fields.Many2one(
        'res.users', "Drafted by", index='btree_not_null', ondelete='restrict', copy=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="The person in charge of the draft. Empty: the document was not drafted here.")
    template_id = fields.Many2one(
        'civic.template', "Template", ondelete='restrict', check_company=True,
        domain="[('company_id', 'in', (False, company_id)), ('state', '=', 'ready'), '|', ('type_ids', '=', False), "
               "('type_ids', 'in', type_id)]")
    bases = fields.Text(
        "Legal Bases", help="One per line, as they stand before the text: “Căn cứ …”.")
    body = fields.Text("Text", help="The paragraphs of the document, one per line. Longer texts are written in Word "
                                     "or LibreOffice and uploaded as the next version.")
    recipient_ids = fields.One2many('civic.document.recipient', 'document_id', "Recipients", copy=True)
    recipient_summary = fields.Char("Recipients (in short)", compute='_compute_recipient_summary')
    paper_count = fields.Integer(
        "Paper Copies", compute='_compute_paper_count',
        help="Copies on paper: as many as the recipients call for (Decree 30/2020, Article 17.1.a).")

    signer_id = fields.Many2one(
        'res.users', "To Be Signed by", index='btree_not_null', ondelete='restrict', copy=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]")
    signing_authority_id = fields.Many2one(
        'civic.signing.authority', "Signed As", ondelete='restrict', copy=False, check_company=True,
        domain="[('user_id', '=', signer_id), ('company_id', '=', company_id)]",
        index='btree_not_null')
    signature_block = fields.Text(related='signing_authority_id.block', string="Signature Block")

    relation = fields.Selection(RELATIONS, "Effect on Another Document", copy=False)
    related_id = fields.Many2one(
        'civic.document', "Document Concerned", index='btree_not_null', ondelete='restrict', copy=False,
        check_company=True, domain="[('direction', '=', 'outgoing'), ('state', 'in', ('issued', 'registered')), "
                                   "('id', '!=', id)]")
    effect_ids = fields.One2many('civic.document', 'related_id', "Later Documents on It")
    effect_summary = fields.Char("Later Effect", compute='_compute_effect_summary')

    # === COMPUTE === #

    @api.depends('recipient_ids.label', 'recipient_ids.kind')
    def _compute_recipient_summary(self):
        for document in self:
            names = document.recipient_ids.filtered(lambda line: line.kind != 'archive').mapped('label')
            text = "; ".join(names[:4])
            if len(names) > 4:
                text = self.env._("%(names)s and %(count)s more", names=text, count=len(names) - 4)
            document.recipient_summary = text

    @api.depends('recipient_ids.copies')
    def _compute_paper_count(self):
        for document in self:
            document.paper_count = sum(document.recipient_ids.mapped('copies'))

    @api.depends('effect_ids.state', 'effect_ids.relation')
    def _compute_effect_summary(self):
        labels = {
            'replaces': self.env._("Replaced by %s"),
            'amends': self.env._("Amended by %s"),
            'corrects': self.env._("Corrected by %s"),
        }
        for document in self:
            # sudo: that a document no longer holds is told to everybody who may read it
            effects = document.sudo().effect_ids.filtered(lambda other: other.state in ('registered', 'issued'))
            document.effect_summary = "; ".join(
                labels[effect.relation] % (effect.reference or '') for effect in effects if effect.relation)

    # === CONSTRAINTS === #

    @api.constrains('relation', 'related_id', 'type_id')
    def _check_relation(self):
        """Art. 18.3: content is changed by a document of the same form, format and procedure by an official letter."""
        related = self.filtered('relation')
        letter = related and self.env.ref('civic_document.civic_document_type_cv')
        for document in related:
            # sudo: rules hold also for documents that the drafter may not read any more
            other = document.sudo().related_id
            if not other or other == document:
                raise UserError(self.env._("Say which document is replaced, amended or corrected."))
            if other.company_id != document.company_id or other.direction != 'outgoing':
                raise UserError(self.env._("Only a document that this agency issued can be replaced, amended or corrected."))
            if document.relation == 'corrects' and document.type_id != letter:
                raise UserError(self.env._(
                    "Errors of format or procedure are corrected by an official letter (Decree 30/2020, Article 18.3)."))
            if document.relation != 'corrects' and document.type_id != other.type_id:
                raise UserError(self.env._(
                    "Errors of content are mended by a document of the same type, “%s” (Decree 30/2020, Article 18.3).",
                    other.type_id.name))

    # === ONCHANGE === #

    @api.onchange('type_id', 'unit_id', 'issuer_id')
    def _onchange_notation(self):
        if self._is_drafted() and self.state == 'draft':
            self.code_notation = self._build_notation()

    @api.onchange('type_id', 'company_id')
    def _onchange_template(self):
        if self._is_drafted() and self.state == 'draft' and self.type_id:
            self.template_id = self.env['civic.template']._find(self.company_id, self.type_id)

    @api.onchange('signer_id', 'type_id', 'unit_id')
    def _onchange_signer(self):
        if not self._is_drafted() or self.state != 'draft':
            return None
        authorities, reasons = self.env['civic.signing.authority']._examine(self.signer_id, self)
        self.signing_authority_id = authorities[:1].id
        if self.signer_id and self.type_id and not authorities:
            return {'warning': {
                'title': self.env._("No authority to sign"), 'message': "\n".join(reasons), 'type': 'notification'}}
        return None

    # === CRUD === #

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if values.get('direction') == 'outgoing' and self.env.context.get('civic_drafting'):
            defaults = self._prepare_drafting_values(values, self.env.company)
            values.update({name: value for name, value in defaults.items() if name in fields})
        return values

    @api.model
    def _prepare_draft_values(self, values):
        values = super()._prepare_draft_values(values)
        direction = values.get('direction', self.env.context.get('default_direction'))
        if direction != 'outgoing' or not self._begins_drafting(values):
            return values
        company = self.env['res.company'].browse(values.get('company_id') or self.env.company.id)
        for name, value in self._prepare_drafting_values(values, company).items():
            values.setdefault(name, value)
        if values.get('access_level') != 'agency':
            # who drafts reads the draft, also for named people and in a unit that is not the own one
            values['user_ids'] = [*(values.get('user_ids') or []), Command.link(values['drafter_id'])]
        return values

    @api.model
    def _begins_drafting(self, values):
        """Whether the values make a draft of this room, and not a paper that a clerk enters after it was signed."""
        return bool(
            values.get('drafter_id') or self.env.context.get('civic_drafting')
            or (not self.env.su and not self.env.user.has_group('civic_base.group_clerk')))

    @api.model
    def _prepare_drafting_values(self, values, company):
        user = self.env.user
        unit = user.with_company(company).civic_unit_id
        result = {
            'drafter_id': user.id,
            'issuer_id': company.partner_id.id,
            'access_level': 'unit',
        }
        if unit and unit.company_id == company:
            result['unit_id'] = unit.id
        return result

    @api.model_create_multi
    def create(self, vals_list):
        # the recipients after the people named on the document: who may not write it adds none
        vals_list = [dict(values) for values in vals_list]
        recipients = [values.pop('recipient_ids', None) for values in vals_list]
        documents = super().create(vals_list)
        for document, commands in zip(documents, recipients, strict=True):
            if commands:
                document.recipient_ids = commands
        for document in documents.filtered(lambda document: document._is_drafted() and document.state == 'draft'):
            document._complete_draft()
        return documents

    def write(self, vals):
        self._check_stays_a_draft(vals)
        result = super().write(vals)
        if {'type_id', 'unit_id', 'issuer_id', 'signer_id'} & set(vals):
            for document in self.filtered(lambda document: document._is_drafted() and document.state == 'draft'):
                document._complete_draft(vals)
        return result

    def _check_stays_a_draft(self, vals):
        """Who may write a draft of this room makes no incoming document of it, and none of another agency."""
        if self.env.su or self.env.user.has_group('civic_base.group_clerk'):
            return
        for document in self:
            if (
                vals.get('direction', document.direction) != document.direction
                or vals.get('company_id', document.company_id.id) != document.company_id.id
                or ('drafter_id' in vals and not vals['drafter_id'])
            ):
                raise AccessError(self.env._(
                    "A draft stays an outgoing document of its agency with somebody who drafts it: only clerks enter "
                    "others."))

    def _complete_draft(self, given=None):
        """Fill in what follows from type, unit and signer, unless it was given by hand."""
        self.ensure_one()
        given = given or {}
        values = {}
        if 'code_notation' not in given and (not self.code_notation or {'type_id', 'unit_id', 'issuer_id'} & set(given)):
            notation = self._build_notation()
            if notation != self.code_notation:
                values['code_notation'] = notation
        if 'signing_authority_id' not in given and self.signer_id and (
                not self.signing_authority_id or {'signer_id', 'type_id', 'unit_id'} & set(given)):
            authority = self.env['civic.signing.authority']._find(self.signer_id, self)
            if authority.id != self.signing_authority_id.id:
                values['signing_authority_id'] = authority.id
        if not self.template_id and self.type_id and 'template_id' not in given:
            values['template_id'] = self.env['civic.template']._find(self.company_id, self.type_id).id
        if values:
            # sudo: what follows from what the drafter wrote is no act of its own
            self.sudo()._write_by_system(values)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_submitted(self):
        for document in self:
            # sudo: also routes that the user may not see count
            if document._is_drafted() and document.sudo().route_case_ids:
                raise UserError(self.env._(
                    "“%s” was submitted already: its versions and comments are kept. Cancel it instead.",
                    document.display_name))

    def unlink(self):
        self._unlink_except_submitted()         # before the files go, which are asked first
        return super().unlink()

    def _is_drafted(self):
        """Whether the document is drafted, and signed, in this system."""
        self.ensure_one()
        return self.direction == 'outgoing' and bool(self.drafter_id)

    # === ACCESS === #

    def _check_access(self, operation):
        """Clerks write documents; everybody else only the drafts that are the own ones, or those on the desk."""
        result = super()._check_access(operation)
        if operation == 'read' or self.env.su or not self or self.env.user.has_group('civic_base.group_clerk'):
            return result
        forbidden, make_error = result or (self.browse(), None)
        refused = (self - forbidden) - (self - forbidden)._filtered_may_edit()
        if not refused:
            return result

        def make_draft_error():
            return AccessError(self.env._(
                "Only clerks change documents. Others write their own drafts of outgoing documents, as long as these "
                "are not submitted, and those that wait for them."))

        return forbidden | refused, make_error or make_draft_error

    def _filtered_may_edit(self):
        """The drafts that the user, who is no clerk, may write at this moment."""
        user = self.env.user
        units = user.civic_unit_ids
        is_head = user.has_group('civic_base.group_unit_head')
        allowed = set()
        reviewed = []
        # sudo: it says what may be written, so it cannot ask that
        for document in self.sudo():
            if not document._is_drafted():
                continue
            if document.state == 'draft':
                if user in (document.drafter_id, document.create_uid) or (is_head and document.unit_id in units):
                    allowed.add(document.id)
            elif document.state in REVIEW_STATES:
                reviewed.append(document.id)
        if reviewed:
            allowed |= set(self.env['civic.route.task'].sudo().search([
                ('document_id', 'in', reviewed), ('is_for_me', '=', True), ('kind', '!=', 'inform')]).document_id.ids)
        return self.filtered(lambda document: document.id in allowed)

    @api.model
    def get_view(self, view_id=None, view_type='form', **options):
        """Who is no clerk creates and edits documents through the views of outgoing ones alone."""
        result = super().get_view(view_id, view_type, **options)
        if not self.env.user.has_group('civic_base.group_clerk'):
            root = etree.fromstring(result['arch'])
            if VIEW_CLASS not in (root.get('class') or ''):
                for operation in ('create', 'edit', 'delete', 'duplicate'):
                    root.set(operation, '0')
                result['arch'] = etree.tostring(root, encoding='unicode')
        return result

    # === FROZEN FIELDS === #

    @api.model
    def _get_system_fields(self):
        return super()._get_system_fields() | {
            'current_version_id', 'version_ids', 'submitted_at', 'content_checked_by_id', 'content_checked_at',
            'format_checked_by_id', 'format_checked_at', 'approved_by_id', 'approved_at', 'checked_version',
            'signed_by_id', 'signed_at', 'signed_capacity', 'signed_content_id', 'signed_sha256', 'issue_due_at',
            'issued_at', 'issued_by_id', 'dispatch_ids', 'recalled_at', 'recalled_by_id', 'recall_reason',
            'layout_findings',
        }

    @api.model
    def _get_journalled_fields(self):
        return super()._get_journalled_fields() | {
            'drafter_id', 'template_id', 'signer_id', 'signing_authority_id', 'relation', 'related_id', 'reply_to_id'}

    @api.model
    def _get_draft_fields(self):
        """What only the draft may change: all that stands in the document itself."""
        return {
            'type_id', 'subject', 'bases', 'body', 'template_id', 'unit_id', 'issuer_id', 'signer_id', 'drafter_id',
            'signing_authority_id', 'relation', 'related_id', 'reply_to_id', 'language',
        }

    @api.model
    def _get_open_fields(self):
        """What may change even when the document is signed: who reads it, and notes that are no part of it."""
        return {'access_level', 'unit_ids', 'user_ids', 'description', 'deadline'}

    def _check_frozen(self, vals):
        super()._check_frozen(vals)
        for document in self:
            if document.state == 'draft' or not document._is_drafted():
                continue
            names = self._get_draft_fields()
            if document.state in LOCKED_STATES:
                names |= self._get_journalled_fields() - self._get_open_fields()
            if document.state == 'recalled':
                names |= self._get_open_fields()
            refused = {name for name in names & set(vals) if not document._is_same_value(name, vals[name])}
            if refused:
                raise UserError(self.env._(
                    "“%(document)s” is no longer a draft: %(fields)s cannot be changed.",
                    document=document.display_name, fields=self._get_field_labels(refused)))

    # === STATES === #

    def _get_moves(self, transitions):
        """What is drafted here has a table of its own. No groups: the act decides."""
        if not self._is_drafted():
            return super()._get_moves(transitions)
        clerk = ('civic_base.group_clerk',)
        return {
            'draft': {'review': (), 'cancelled': ()},
            'review': {'draft': (), 'to_sign': (), 'signed': ()},
            'to_sign': {'draft': (), 'review': (), 'signed': ()},
            'signed': {'draft': (), 'registered': clerk},
            'registered': {'issued': clerk, 'cancelled': clerk},
            'issued': {'recalled': clerk},
        }.get(self.state, {})

    @api.model
    def search_panel_select_range(self, field_name, **kwargs):
        """Beside incoming documents stand only the states that they can be in."""
        found = super().search_panel_select_range(field_name, **kwargs)
        if field_name == 'state' and ['direction', '=', 'incoming'] in map(list, kwargs.get('search_domain', ())):
            found['values'] = [value for value in found['values'] if value['id'] not in OUTGOING_STATES]
        return found

    @api.model
    def _get_transitions(self):
        transitions = super()._get_transitions()
        transitions['registered']['issued'] = ('civic_base.group_clerk',)
        transitions['issued'] = {'recalled': ('civic_base.group_clerk',)}
        return transitions

    def _check_move(self, state):
        super()._check_move(state)
        if state in ('issued', 'recalled') and any(document.direction != 'outgoing' for document in self):
            raise UserError(self.env._("Only outgoing documents are issued and recalled."))
        if state == 'cancelled':
            self.filtered(lambda document: document._is_drafted()).check_access('write')

    # === OPENING === #

    def _open_outgoing(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.display_name,
            'res_model': 'civic.document',
            'res_id': self.id,
            'view_mode': 'form',
            'views': [(self._get_outgoing_view_id(), 'form')],
            'context': {'default_direction': 'outgoing', 'civic_drafting': True},
        }

    @api.model
    def _get_outgoing_view_id(self):
        return self.env.ref('civic_outgoing.civic_document_view_form_outgoing').id

    def action_open_outgoing(self):
        """Open the form of outgoing documents."""
        self.check_access('read')
        return self._open_outgoing()

    def _open_on_route(self):
        if self.direction == 'outgoing' and self.drafter_id:
            return self._open_outgoing()
        return super()._open_on_route()

    def get_formview_id(self, access_uid=None):
        if len(self) == 1 and self.direction == 'outgoing' and self.drafter_id:
            return self._get_outgoing_view_id()
        return super().get_formview_id(access_uid=access_uid)
