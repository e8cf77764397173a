import re
from collections import Counter

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import get_lang, html2plaintext, is_html_empty
from odoo.tools.misc import format_date

from odoo.addons.civic_base.const import DEFAULT_TZ

from ..tools.layout import Column, Group, Heading

MAX_COLUMNS = 40
MAX_GROUPS = 5
# What has no place in a cell.
FORBIDDEN_TYPES = ('binary', 'image', 'json', 'properties', 'properties_definition', 'reference', 'many2one_reference')
WIDTHS = {
    'char': 2.5, 'text': 4, 'html': 4, 'many2one': 2.2, 'one2many': 2.5, 'many2many': 2.5, 'selection': 1.6,
    'date': 1.2, 'datetime': 1.7, 'boolean': 0.7, 'integer': 0.9, 'float': 1, 'monetary': 1.2,
}
KINDS = {
    'date': 'date', 'datetime': 'datetime', 'boolean': 'boolean', 'integer': 'integer', 'float': 'float',
    'monetary': 'float',
}
WIDE_FIELDS = ('subject', 'name', 'display_name', 'document_id', 'holder_summary', 'title')
ORDER_TERM = re.compile(r'^[a-z_][a-z0-9_]*(\.id)?( (asc|desc))?( nulls (first|last))?$', re.IGNORECASE)


class CivicListExport(models.AbstractModel):
    """What a list shows, with the chosen columns, as DOCX, PDF or XLSX (Decree 30/2020, Annex VI, III.6.h).

    It reads as the person who exports: a row or a field that this person may not read is not in it.
    """

    _name = 'civic.list.export'
    _inherit = ['civic.form']
    _description = "Export of a List"

    _form_numbers_columns = False

    @api.model
    def _get_model_names(self):
        """Return the models whose lists may be exported."""
        mixin = self.env.registry['civic.export.mixin']
        return sorted(
            name for name, model in self.env.registry.items()
            if issubclass(model, mixin) and not model._abstract)

    @api.model
    def _prepare_options(self, values):
        options = super()._prepare_options(values)
        model_name = values.get('model')
        if not isinstance(model_name, str) or model_name not in self._get_model_names():
            raise AccessError(self.env._("Lists of this kind are not exported."))
        model = self.env[model_name].with_context(
            **self._get_safe_context(values.get('context')), **self._get_company_context(values.get('context')))
        model.check_access('read')
        title = values.get('title')
        options.update({
            'model': model,
            'fields': self._get_fields(model, values.get('fields')),
            'groupby': self._get_groupby(model, values.get('groupby') or []),
            'domain': self._get_domain(model, values),
            'title': title.strip()[:120] if isinstance(title, str) and title.strip() else model._description,
        })
        options['order'] = self._get_order(model, values.get('order'), options['groupby'])
        return options

    @api.model
    def _get_safe_context(self, context):
        """Keep of a context what decides which rows a list shows, and nothing that code listens to."""
        context = context if isinstance(context, dict) else {}
        return {
            'lang': self.env.context.get('lang') or self.env.user.lang,
            'tz': self.env.context.get('tz') or self.env.user.tz or DEFAULT_TZ,
            'active_test': context.get('active_test', True) is not False,
        }

    @api.model
    def _get_company_context(self, context):
        chosen = context.get('allowed_company_ids') if isinstance(context, dict) else None
        if not chosen:
            return {}
        if not isinstance(chosen, list) or set(map(self._get_id, chosen)) - set(self.env.user._get_company_ids()):
            raise AccessError(self.env._("You do not work in one of these agencies."))
        return {'allowed_company_ids': chosen}

    @api.model
    def _get_fields(self, model, names):
        """Return [(name, label, description)] of the columns, each one readable."""
        if not isinstance(names, list) or not 0 < len(names) <= MAX_COLUMNS:
            raise UserError(self.env._("Choose between 1 and %s columns.", MAX_COLUMNS))
        known = model.fields_get()
        columns = []
        for entry in names:
            name, label = (entry.get('name'), entry.get('label')) if isinstance(entry, dict) else (entry, None)
            description = known.get(name) if isinstance(name, str) else None
            if not description or description['type'] in FORBIDDEN_TYPES:
                raise AccessError(self.env._("A column of the list cannot be exported: %s.", str(name)[:60]))
            columns.append((name, str(label)[:120] if label else description['string'], description))
        return columns

    @api.model
    def _get_groupby(self, model, groupby):
        if not isinstance(groupby, list) or len(groupby) > MAX_GROUPS:
            raise UserError(self.env._("The list is grouped in a way that cannot be exported."))
        known = model.fields_get()
        result = []
        for term in groupby:
            name, _, granularity = term.partition(':') if isinstance(term, str) else ('', '', '')
            if name not in known or not known[name].get('sortable') or granularity not in (
                '', 'day', 'week', 'month', 'quarter', 'year',
            ):
                raise UserError(self.env._("The list is grouped in a way that cannot be exported."))
            result.append((name, granularity or ('month' if known[name]['type'] in ('date', 'datetime') else ''),
                           known[name]))
        return result

    @api.model
    def _get_domain(self, model, values):
        ids = values.get('ids')
        if ids:
            if not isinstance(ids, list):
                raise UserError(self.env._("The search cannot be exported."))
            return Domain('id', 'in', list(map(self._get_id, ids)))
        try:
            domain = Domain(values.get('domain') or [])
            domain.validate(model)
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(self.env._("The search cannot be exported.")) from error
        return domain

    @api.model
    def _get_order(self, model, order, groupby):
        terms = [name for name, _granularity, _description in groupby]
        known = model.fields_get(attributes=['sortable'])
        if isinstance(order, str) and order:
            for term in map(str.strip, order.split(',')):
                name = term.split(' ')[0].removesuffix('.id')
                if not ORDER_TERM.match(term) or not known.get(name, {}).get('sortable'):
                    raise UserError(self.env._("The list is sorted in a way that cannot be exported."))
                terms.append(term)
        else:
            terms.append(model._order)
        return ', '.join(terms)

    # === WHAT STANDS ON IT === #

    @api.model
    def _get_title(self, options):
        return options['title'] if 'title' in options else self.env._("List")

    @api.model
    def _get_columns(self, options):
        counts = Counter(label for _name, label, _description in options['fields'])
        columns = [Column(self.env._("Serial"), 0.6, 'integer', 'center')]
        for name, label, description in options['fields']:
            width = 4 if name in WIDE_FIELDS else WIDTHS.get(description['type'], 2)
            title = label if counts[label] == 1 else f"{label} ({name})"
            columns.append(Column(title, width, KINDS.get(description['type'], 'text')))
        return columns

    @api.model
    def _get_layout(self, options):
        """The more columns, the smaller the letters."""
        count = len(options['fields'])
        return {'size': 11 if count <= 8 else 9 if count <= 14 else 7}

    @api.model
    def _get_heading(self, options):
        return Heading(
            title=options['title'], superior=self._get_superior_name(options['company']),
            agency=options['company'].name)

    @api.model
    def _iter_rows(self, options):
        labels = {
            name: dict(description['selection']) for name, _label, description in options['fields']
            if description['type'] == 'selection'}
        last = None
        number = 0
        for records in self._iter_batches(options['model'], options['domain'], options['order']):
            for record in records:
                if options['groupby']:
                    path = [self._get_group_label(record, *group) for group in options['groupby']]
                    yield from self._iter_groups(path, last)
                    last = path
                number += 1
                yield [number, *(
                    self._get_cell(record, name, description, labels.get(name))
                    for name, _label, description in options['fields'])]

    @api.model
    def _iter_groups(self, path, last):
        """Yield a line for each level of grouping that begins anew."""
        for level, label in enumerate(path):
            if last is None or path[:level + 1] != last[:level + 1]:
                yield Group(label, level)

    @api.model
    def _get_cell(self, record, name, description, labels):
        value = record[name]
        kind = description['type']
        if kind == 'boolean':
            return bool(value)
        if isinstance(value, models.BaseModel):
            # sudo as the list itself does: the name of what a readable row points to
            return ', '.join(linked.display_name or '' for linked in value.sudo())
        if kind == 'selection':
            return labels.get(value, value or '')
        if kind in ('integer', 'float', 'monetary'):
            return value
        if value is False or value is None:
            return None
        if kind == 'datetime':
            return self._get_local(value).replace(microsecond=0)
        if kind == 'html':
            return '' if is_html_empty(value) else html2plaintext(value)
        return value

    @api.model
    def _get_local(self, moment):
        """A moment on the clock of the person, without its zone: spreadsheets know none."""
        local = self.with_context(tz=self.env.user.tz or DEFAULT_TZ)
        return fields.Datetime.context_timestamp(local, moment).replace(tzinfo=None)

    @api.model
    def _get_group_label(self, record, name, granularity, description):
        value = record[name]
        if isinstance(value, models.BaseModel):
            text = ', '.join(linked.display_name or '' for linked in value.sudo())     # sudo: see _get_cell
        elif description['type'] == 'selection':
            text = dict(description['selection']).get(value, '')
        elif description['type'] in ('date', 'datetime') and value:
            text = self._get_date_label(value, granularity, description['type'])
        elif description['type'] == 'boolean':
            text = self.env._("Yes") if value else self.env._("No")
        else:
            text = str(value) if value or value == 0 and value is not False else ''
        return f"{description['string']}: {text or self.env._('None')}"

    @api.model
    def _get_date_label(self, value, granularity, kind):
        day = self._get_local(value).date() if kind == 'datetime' else value
        pattern = {'year': 'yyyy', 'quarter': 'Q/yyyy', 'month': 'MM/yyyy', 'week': "w/YYYY"}.get(granularity)
        return format_date(self.env, day, lang_code=get_lang(self.env).code, date_format=pattern or 'dd/MM/yyyy')

    # === JOURNAL === #

    @api.model
    def _journal_print(self, extension, options, count):
        self.env['civic.journal.entry']._append('export', options['company'], detail={
            'list': options['model']._name,
            'format': extension,
            'rows': count,
            'columns': [name for name, _label, _description in options['fields']],
            'search': repr(list(options['domain']))[:1000],
        })
