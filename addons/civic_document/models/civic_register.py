import itertools
from datetime import date

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tools import SQL, format_date, ormcache


class CivicRegister(models.Model):
    """The register book (sổ) of one series in one year.

    Numbers run from 01 on 1 January to 31 December in the order and time of issue or reception,
    the same for paper and electronic documents (Decree 30/2020, Articles 15 and 22).
    """

    _name = 'civic.register'
    _description = "Register"
    _inherit = ['civic.journal.mixin', 'civic.reason.mixin', 'civic.cached.mixin']     # see _get_known_id
    _order = 'year desc, company_id, direction, id desc'
    _check_company_auto = True
    _civic_reason_methods = ('_reopen',)

    name = fields.Char(string="Title", required=True)
    series_id = fields.Many2one('civic.register.series', required=True, ondelete='restrict')
    company_id = fields.Many2one('res.company', string="Agency", required=True, index=True, ondelete='restrict')
    direction = fields.Selection(
        [('incoming', "Incoming"), ('outgoing', "Outgoing"), ('internal', "Internal")], required=True)
    year = fields.Integer(required=True, aggregator=None)
    volume = fields.Integer(string="Book No.", default=1, aggregator=None)
    superior_name = fields.Char(
        string="Superior Agency", help="Stands above the name of the agency on the cover of the book.")
    date_open = fields.Date(string="Opened On", required=True)
    date_close = fields.Date(string="Closed On", readonly=True)
    closed_by_id = fields.Many2one('res.users', string="Closed By", readonly=True, ondelete='restrict')
    state = fields.Selection([('open', "Open"), ('closed', "Closed")], required=True, default='open', readonly=True)
    entry_ids = fields.One2many('civic.register.entry', 'register_id', string="Numbers")
    last_number = fields.Integer(compute='_compute_figures')
    last_date = fields.Date(compute='_compute_figures')
    used_count = fields.Integer(string="Used", compute='_compute_figures')
    void_count = fields.Integer(string="Void", compute='_compute_figures')

    _series_year_uniq = models.UniqueIndex('(series_id, year)', "The series already has a register of this year.")
    _year_check = models.Constraint('CHECK (year BETWEEN 1945 AND 2999)', "This is not a year.")
    _close_after_open = models.Constraint(
        'CHECK (date_close IS NULL OR date_close >= date_open)', "A register cannot be closed before it was opened.")

    def _compute_figures(self):
        """The last number is one step in the index; voids are few. The proof counts every number."""
        figures = {}
        if self.ids:
            self.env['civic.register.entry'].flush_model()
            figures = {row[0]: row[1:] for row in self.env.execute_query(SQL(
                """
                SELECT register.id, last.number, last.number_date,
                       (SELECT COUNT(*) FROM civic_register_void void WHERE void.register_id = register.id)
                  FROM civic_register register
                  JOIN LATERAL (SELECT number, number_date FROM civic_register_entry entry
                                 WHERE entry.register_id = register.id
                                 ORDER BY number DESC LIMIT 1) last ON TRUE
                 WHERE register.id IN %s
                """, self._ids))}
        for register in self:
            last_number, last_date, voids = figures.get(register.id, (0, False, 0))
            register.last_number = last_number
            register.last_date = last_date
            register.used_count = last_number - voids
            register.void_count = voids

    @api.depends('name', 'year')
    def _compute_display_name(self):
        for register in self:
            register.display_name = f'{register.name} ({register.year})' if register.year else register.name

    def write(self, vals):
        frozen = {'series_id', 'company_id', 'direction', 'year', 'state', 'date_close', 'closed_by_id'}
        if not self.env.su and frozen.intersection(vals):
            raise UserError(self.env._("A register is opened and closed by its buttons; its year and series stay."))
        cover = sorted({'name', 'superior_name', 'date_open', 'volume'}.intersection(vals))
        if not cover:
            return super().write(vals)
        if not self.env.su and any(register.state == 'closed' for register in self):
            raise UserError(self.env._("The register is closed: what stands on its cover stays."))
        before = {register.id: register._read_cover(cover) for register in self}
        result = super().write(vals)
        self.env['civic.journal.entry']._append('modification', self, details={
            register.id: {'before': before[register.id], 'after': register._read_cover(cover)} for register in self})
        return result

    def _read_cover(self, names):
        """Return what the journal keeps of the cover of the book."""
        self.ensure_one()
        return {name: str(self[name]) if self[name] else None for name in names}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_numbered(self):
        # sudo: numbers that the user cannot see count as well
        if self.sudo().env['civic.register.entry'].search_count([('register_id', 'in', self.ids)], limit=1):
            raise UserError(self.env._("A register in which numbers were given cannot be deleted."))

    # === ACTIONS === #

    def action_close(self):
        """Close the book: from now on no number is given in it."""
        today = fields.Date.context_today(self)
        self._check_keeper()
        for register in self:
            if register.state == 'closed':
                raise UserError(self.env._("The register “%s” is already closed.", register.display_name))
            if register.year >= today.year and not self.env.user.has_group('civic_base.group_records_admin'):
                raise UserError(self.env._(
                    "The year of the register “%s” is not over: only the records administrator can close it.",
                    register.display_name))
        proofs = self._prove()
        for register in self:
            if not proofs[register.id]['is_accounted']:
                raise UserError(self.env._(
                    "Not every number of the register “%s” is accounted for: open the proof report first.",
                    register.display_name))
        # sudo: the state is not for writing by hand; the rights were checked above
        self.sudo().write({'state': 'closed', 'date_close': today, 'closed_by_id': self.env.uid})
        self.env['civic.journal.entry']._append('closing', self, details={
            register.id: {'last_number': register.last_number, 'void': register.void_count}
            for register in self
        })
        return True

    def action_reopen(self):
        return self._open_reason_wizard('_reopen', self.env._("Reopen the register"))

    def action_proof(self):
        return self.env.ref('civic_document.civic_register_report_proof').report_action(self, config=False)

    def action_print_book(self):
        """Print the whole book."""
        self.ensure_one()
        return self.env['civic.form.register_book']._get_print_action('pdf', {'register_id': self.id})

    def action_book(self):
        """Ask for the period and print the book."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._("Print the register"),
            'res_model': 'civic.register.book.wizard',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_register_id': self.id},
        }

    def action_open_entries(self):
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id('civic_document.civic_register_entry_action')
        action.update({'domain': [('register_id', '=', self.id)], 'context': {}})
        return action

    # === BUSINESS === #

    @api.model
    def _find_or_open(self, company, direction, document_type, number_date, body=None):
        """Return the open register that numbers such a document on the date, opened if need be."""
        year = fields.Date.to_date(number_date).year
        if not self.env.registry.cache_invalidated:
            # What this transaction has changed itself may be rolled back: nothing of that goes into the cache.
            known_id = self._get_known_id(company.id, direction, document_type.id, body.id if body else False, year)
            if known_id:
                return self.browse(known_id)
        series = self.env['civic.register.series']._find(company, direction, document_type, body)
        return self._open(series, year)

    @api.model
    @ormcache('company_id', 'direction', 'type_id', 'body_id', 'year')
    def _get_known_id(self, company_id, direction, type_id, body_id, year):
        """Return the id of the register that is there already: every registration asks, and it changes once a year."""
        series = self.env['civic.register.series']._find(
            self.env['res.company'].browse(company_id), direction, self.env['civic.document.type'].browse(type_id),
            self.env['res.partner'].browse(body_id), create=False)
        # sudo: see _open
        return self.sudo().search([('series_id', '=', series.id), ('year', '=', year)]).id

    @api.model
    def _open(self, series, year):
        # sudo: opening the book of the year is no act of the user, the year has begun
        register = self.sudo().search([('series_id', '=', series.id), ('year', '=', year)])
        if not register:
            series = series.sudo()
            today = fields.Date.context_today(self)
            try:
                with self.env.cr.savepoint():
                    register = self.sudo().create({
                        'name': series.name,
                        'series_id': series.id,
                        'company_id': series.company_id.id,
                        'direction': series.direction,
                        'year': year,
                        'superior_name': series.company_id.parent_id.name,
                        'date_open': min(today, date(year, 1, 1)),
                    })
            except UniqueViolation as error:
                # Another clerk has just opened it, after our snapshot: start over with a new one.
                raise ConcurrencyError(f"register {year} of series {series.id}") from error
            self.env['civic.journal.entry']._append('creation', register, detail={'year': year})
        return register.sudo(self.env.su)

    @api.model
    def _number_documents(self, documents, number_date=None):
        """Give numbers to documents of any agency, type and date, each in its register.

        Return ``{document: (register, number, date)}``. The last thing before the documents
        themselves are updated: whoever else registers in the same book waits until the end of
        this transaction. The registers are taken in the order of their ids, so that two such calls
        never wait for each other.
        """
        dates = {document: document._get_registration_date(number_date) for document in documents}
        registers = {}
        found = {}
        for document in documents:
            body = document.issuer_id if document.direction != 'incoming' else self.env['res.partner']
            key = (document.company_id, document.direction, document.type_id, body, dates[document].year)
            if key not in found:
                found[key] = self._find_or_open(
                    document.company_id, document.direction, document.type_id, dates[document], body)
            registers.setdefault(found[key], []).append(document.id)
        numbered = {}
        for register in sorted(registers, key=lambda register: register.id):
            of_register = documents.browse(registers[register])
            numbers = register._allocate(of_register, [dates[document] for document in of_register])
            for document, number in zip(of_register, numbers, strict=True):
                numbered[document] = (register, number, dates[document])
        return numbered

    def _allocate(self, documents, number_dates=None):
        """Give the next numbers of this register, in the order of the documents, and return them.

        ``number_dates``: one date, or one per document. Documents of an earlier date come first,
        those of one date in the order given.
        """
        self.ensure_one()
        if isinstance(number_dates, (list, tuple)):
            dates = [fields.Date.to_date(number_date) for number_date in number_dates]
        else:
            dates = [document._get_registration_date(number_dates) for document in documents]
        today = fields.Date.context_today(self)
        for number_date in dates:
            if number_date > today:
                # A slip of the keyboard here would block every earlier date for good.
                raise UserError(self.env._(
                    "The date %s lies in the future: no number can be given on it.", format_date(self.env, number_date)))
        order = sorted(range(len(documents)), key=dates.__getitem__)
        ordered = documents.browse([documents[index].id for index in order])
        if not ordered:
            return []
        first = self._allocate_in_order(ordered, [dates[index] for index in order])
        positions = {index: position for position, index in enumerate(order)}
        return [first + positions[index] for index in range(len(documents))]

    def _allocate_in_order(self, documents, dates):
        """Ask the database for as many numbers as documents; return the first."""
        notations = [
            self.env['civic.register.entry']._clean_notation(document.code_notation)
            if document.direction != 'incoming' else None
            for document in documents
        ]
        self.env.flush_all()
        [(first, problem, detail)] = self.env.execute_query(SQL(
            "SELECT first_number, problem, detail FROM civic_register_allocate(%s, %s::int[], %s::date[], %s::varchar[], %s)",
            self.id, documents.ids, dates, notations, self.env.uid))
        if problem:
            raise UserError(self._get_problem_message(problem, detail, documents, dates))
        self.env['civic.register.entry'].invalidate_model()
        self.invalidate_recordset(['last_number', 'last_date', 'used_count', 'void_count', 'entry_ids'])
        return first

    def _get_problem_message(self, problem, detail, documents, dates):
        if problem == 'year':
            return self.env._(
                "The date %(date)s does not belong to the register “%(register)s”.",
                date=format_date(self.env, detail), register=self.display_name)
        if problem == 'closed':
            return self.env._("The register “%s” is closed: no number can be given in it.", self.display_name)
        if problem == 'date':
            return self.env._(
                "The last number of the register “%(register)s” carries the date %(last)s: no number can be given for %(date)s.",
                register=self.display_name, last=format_date(self.env, detail), date=format_date(self.env, dates[0]))
        if problem == 'document':
            return self.env._("The document already has a number: it may have been registered by someone else just now.")
        if problem == 'reference':
            return self.env._(
                "The reference %(reference)s was already used by the agency in %(year)s. Check the notation and the series.",
                reference=detail, year=self.year)
        return self.env._("The register does not exist any more.")

    def _format_number(self, number):
        """Write a number as on paper: below 10 with a leading zero (Decree 30/2020, Annex I, II.3.b)."""
        digits = self.env['civic.rule.value']._get('register.minimum_digits')
        return str(number).zfill(digits)

    def _check_keeper(self):
        """Refuse those who do not keep registers."""
        self.check_access('read')
        user = self.env.user
        if not (self.env.su or user.has_group('civic_base.group_clerk') or user.has_group('civic_base.group_records_admin')):
            raise AccessError(self.env._("Only the records clerk and the records administrator keep the registers."))

    def _reopen(self, reason):
        if not (self.env.su or self.env.user.has_group('civic_base.group_records_admin')):
            raise AccessError(self.env._("Only the records administrator can reopen a register."))
        self.check_access('write')
        for register in self:
            if register.state != 'closed':
                raise UserError(self.env._("The register “%s” is not closed.", register.display_name))
        # sudo: the state is not for writing by hand; the rights were checked above
        self.sudo().write({'state': 'open', 'date_close': False, 'closed_by_id': False})
        self.env['civic.journal.entry']._append('modification', self, detail={'act': 'reopen', 'reason': reason})

    # === PROOF === #

    def _prove(self):
        """Account for every number of the registers, from the tables themselves, in two passes.

        Return ``{register_id: proof}``; a proof holds ``first``, ``last``, ``total``, ``used``,
        ``void``, the lists of what is wrong (``missing`` as (from, to), ``double``, ``disorder``,
        ``mismatch``, ``orphans``) and the verdict ``is_accounted``. The rights of the user are
        not asked: it tells numbers and dates only.
        """
        self.env['civic.document'].flush_model(['register_id', 'register_number'])
        proofs = {
            register_id: {
                'first': 0, 'last': 0, 'total': 0, 'used': 0, 'void': 0, 'date_from': False, 'date_to': False,
                'missing': [], 'double': [], 'disorder': [], 'mismatch': [], 'orphans': [],
            }
            for register_id in self.ids
        }
        if not self.ids:
            return proofs
        for row in self.env.execute_query_dict(SQL(
            """
            WITH step AS (
                SELECT entry.register_id, entry.number, entry.number_date, entry.id, entry.document_id,
                       LAG(entry.number, 1, 0) OVER book AS previous,
                       LAG(entry.number_date) OVER book AS previous_date
                  FROM civic_register_entry entry
                 WHERE entry.register_id IN %s
                WINDOW book AS (PARTITION BY entry.register_id ORDER BY entry.number, entry.id)
            )
            SELECT step.register_id, MIN(step.number) AS first, MAX(step.number) AS last, COUNT(*) AS total,
                   COUNT(void.id) AS void, MIN(step.number_date) AS date_from, MAX(step.number_date) AS date_to,
                   JSONB_AGG(JSONB_BUILD_ARRAY(step.previous + 1, step.number - 1) ORDER BY step.number)
                       FILTER (WHERE step.number > step.previous + 1) AS missing,
                   JSONB_AGG(step.number ORDER BY step.number)
                       FILTER (WHERE step.number <= step.previous) AS double,
                   JSONB_AGG(step.number ORDER BY step.number)
                       FILTER (WHERE step.number_date < step.previous_date
                                  OR EXTRACT(year FROM step.number_date) <> register.year) AS disorder,
                   JSONB_AGG(step.number ORDER BY step.number)
                       FILTER (WHERE document.register_id IS DISTINCT FROM step.register_id
                                  OR document.register_number IS DISTINCT FROM step.number) AS mismatch
              FROM step
              JOIN civic_register register ON register.id = step.register_id
              LEFT JOIN civic_document document ON document.id = step.document_id
              LEFT JOIN civic_register_void void ON void.entry_id = step.id
             GROUP BY step.register_id
            """, self._ids)):
            proof = proofs[row.pop('register_id')]
            proof.update({key: value if value is not None else [] for key, value in row.items()})
            proof['used'] = proof['total'] - proof['void']
        # Documents that say they are in the book, but the book does not know them: a torn-out last page.
        for register_id, numbers in self.env.execute_query(SQL(
            """
            SELECT document.register_id, ARRAY_AGG(document.register_number ORDER BY document.register_number)
              FROM civic_document document
              LEFT JOIN civic_register_entry entry
                     ON entry.document_id = document.id AND entry.register_id = document.register_id
             WHERE document.register_id IN %s AND entry.id IS NULL
             GROUP BY document.register_id
            """, self._ids)):
            proofs[register_id]['orphans'] = numbers
        for proof in proofs.values():
            proof['is_accounted'] = not any(
                proof[fault] for fault in ('missing', 'double', 'disorder', 'mismatch', 'orphans'))
        return proofs

    # === CRON === #

    @api.model
    def _cron_open_registers(self):
        """Open the registers of the year, and in December those of the next.

        Registration opens a missing register by itself; opened ahead, the first clerks of the
        year do not meet each other in it.
        """
        self.env['civic.register.series']._ensure_standard()
        today = fields.Date.context_today(self)
        years = [today.year, today.year + 1] if today.month == 12 else [today.year]
        # sudo: the job serves every agency
        series = self.env['civic.register.series'].sudo().search([('active', '=', True)])
        opened = {
            (of_series, year)
            for of_series, year in self.sudo()._read_group(
                [('series_id', 'in', series.ids), ('year', 'in', years)], ['series_id', 'year'])
        }
        for of_series, year in itertools.product(series, years):
            if (of_series, year) not in opened:
                self._open(of_series, year)
