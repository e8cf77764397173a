from odoo import api, fields, models


class CivicArchiveHealth(models.TransientModel):
    """How the keeping stands today, on one page: what the law asks for, what is there, what to do."""

    _name = 'civic.archive.health'
    _description = "Health of the Archive"

    company_id = fields.Many2one('res.company', "Archive", required=True, readonly=True, default=lambda self: self.env.company)
    is_asked = fields.Boolean("Keeps Digital Packages", compute='_compute_health')
    is_compliant = fields.Boolean("Compliant", compute='_compute_health')
    verdict = fields.Char(compute='_compute_health')
    problems = fields.Text("What to Do", compute='_compute_health')
    media_count = fields.Integer("Media", compute='_compute_health')
    aip_count = fields.Integer("Packages", compute='_compute_health')
    size = fields.Float("Bytes", compute='_compute_health', digits=(20, 0))
    good_count = fields.Integer("Good Copies", compute='_compute_health')
    bad_count = fields.Integer("Faulty Copies", compute='_compute_health')
    waiting_count = fields.Integer("Copies to Be Written", compute='_compute_health')
    degraded_count = fields.Integer("Packages with Too Few Copies", compute='_compute_health')
    overdue_count = fields.Integer("Copies Overdue for Checking", compute='_compute_health')
    last_backup_id = fields.Many2one('civic.backup.set', "Last Backup", compute='_compute_health')
    last_full_id = fields.Many2one('civic.backup.set', "Last Full Backup", compute='_compute_health')
    last_drill_id = fields.Many2one('civic.restore.drill', "Last Restore Drill", compute='_compute_health')

    @api.depends('company_id')
    def _compute_display_name(self):
        for health in self:
            health.display_name = self.env._("Health of the Archive")

    @api.depends('company_id')
    def _compute_health(self):
        for health in self:
            health.update(health._get_health())

    def _get_health(self):
        company = self.company_id
        here = [('company_id', '=', company.id)]
        copies, aips, sets = self.env['civic.aip.copy'], self.env['civic.aip'], self.env['civic.backup.set']
        states = dict(copies._read_group(here, ['state'], ['__count']))
        [(count, size)] = aips._read_group(here, [], ['__count', 'size:sum'])
        media = self.env['civic.archive.store']._get_media(company)
        done = [*here, ('state', '=', 'done')]
        values = {
            'media_count': len(media), 'aip_count': count, 'size': size or 0, 'good_count': states.get('good', 0),
            'bad_count': states.get('damaged', 0) + states.get('missing', 0),
            'waiting_count': states.get('planned', 0) + states.get('failed', 0),
            'degraded_count': aips.search_count([*here, ('state', 'in', ('degraded', 'lost'))]),
            'overdue_count': copies.search_count([*here, ('is_overdue', '=', True), ('state', '!=', 'planned')]),
            'last_backup_id': sets.search(done, limit=1),
            'last_full_id': sets.search([*done, ('kind', '=', 'full')], limit=1),
            'last_drill_id': self.env['civic.restore.drill'].search([*here, ('state', '!=', 'draft')], limit=1),
        }
        if not self._is_asked():
            return {**values, 'is_asked': False, 'is_compliant': False, 'problems': False, 'verdict': self.env._(
                "Not applicable: %s keeps no digital packages, and has entered no medium for them.", company.name)}
        problems = self._get_problems(values)
        minimum = self.env['civic.rule.value']._get('archive.min_media', company=company)
        if len(media) < minimum:
            verdict = self.env._("Not compliant: 1 medium") if len(media) == 1 else self.env._(
                "Not compliant: %s media", len(media))
        else:
            verdict = self.env._("Not compliant") if problems else self.env._("Compliant")
        return {**values, 'is_asked': True, 'is_compliant': not problems, 'verdict': verdict, 'problems': '\n'.join(problems) or False}

    def _is_asked(self):
        """Whether the law asks anything of this archive: it is a historical one, has media or packages, or expects some."""
        company = self.company_id
        # sudo: what there is counts, whoever looks at this page
        return company.agency_level == 'archives' or any(
            self.env[model].sudo().search_count([('company_id', '=', company.id)], limit=1)
            for model in ('civic.archive.store', 'civic.aip', 'civic.accession'))

    def _get_problems(self, values):
        """Return what is wrong, each with what to do."""
        rule = self.env['civic.rule.value']
        company = self.company_id
        minimum = rule._get('archive.min_media', company=company)
        problems = []
        if values['media_count'] < minimum:
            problems.append(self.env._(
                "%(count)s independent media of %(minimum)s: enter another medium on another device (Circular 05/2025, Article 27).",
                count=values['media_count'], minimum=minimum))
        # sudo: what media are like is told to whoever may see this page
        for store in self.env['civic.archive.store'].sudo().search([('company_id', '=', company.id)]):
            if store.state == 'failed':
                problems.append(self.env._("“%(medium)s”: %(problem)s", medium=store.name, problem=store.message))
            elif store.ends_on and store.ends_on <= fields.Date.add(fields.Date.context_today(self), years=1):
                problems.append(self.env._("“%s” reaches its end within a year: move its packages.", store.name))
        if values['bad_count']:
            problems.append(self.env._("%s copies are damaged or missing: repair them.", values['bad_count']))
        if values['degraded_count']:
            problems.append(self.env._("%s packages have too few good copies.", values['degraded_count']))
        if values['waiting_count']:
            problems.append(self.env._("%s copies are still to be written.", values['waiting_count']))
        if values['overdue_count']:
            problems.append(self.env._("%s copies are overdue for checking.", values['overdue_count']))
        last = values['last_backup_id']
        if not last or last.day < fields.Date.subtract(fields.Date.context_today(self), days=1):
            problems.append(self.env._("There is no backup of today or yesterday: enter a backup medium, or look at its log."))
        return problems

    @api.model
    def _get_page_action(self):
        health = self.create({})
        return {
            'type': 'ir.actions.act_window', 'name': self.env._("Health of the Archive"), 'res_model': self._name,
            'res_id': health.id, 'views': [(False, 'form')], 'target': 'current'}

    def _open(self, xmlid, domain, name):
        action = self.env['ir.actions.act_window']._for_xml_id(xmlid)
        return {**action, 'display_name': name, 'context': {}, 'domain': [('company_id', '=', self.company_id.id), *domain]}

    def action_open_faulty(self):
        """Open the faulty copies."""
        return self._open(
            'civic_archive.civic_aip_copy_action', [('state', 'in', ('damaged', 'missing', 'failed'))], self.env._("Faulty Copies"))

    def action_open_overdue(self):
        """Open the copies that were not checked in time."""
        return self._open(
            'civic_archive.civic_aip_copy_action', [('is_overdue', '=', True)], self.env._("Copies Overdue for Checking"))

    def action_open_degraded(self):
        """Open the packages with too few good copies."""
        return self._open(
            'civic_archive.civic_aip_action', [('state', 'in', ('degraded', 'lost', 'writing'))],
            self.env._("Packages with Too Few Copies"))
