import re
from itertools import chain

from markupsafe import Markup, escape
from psycopg2.errors import ProgramLimitExceeded

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

from odoo.addons.civic_base.tools.text import parse_reference, reference_key

from ..tools.content import FORMATS, get_extension, read_text
from ..tools.fulltext import fold_words, get_excerpt, get_query_terms, make_tsquery
from ..tools.secrecy import find_secrecy_mark

MAX_BODY = 1_000_000            # characters of text kept per document: some 400 pages
SAFE_BODY = 200_000             # up to here no text can exceed the megabyte that PostgreSQL allows one tsvector
FEW_MATCHES = 1000              # up to here a search goes by the ids of what it found
EXCERPT_WINDOWS = (30_000, MAX_BODY)    # read little of each body first; more only of those without a match there

# What of the metadata is found by words. Numbers are not here: they have indexes of their own.
HEAD_FIELDS = ('subject', 'reference', 'issuer_name', 'signer_name', 'description')


class CivicDocumentText(models.Model):
    """The words of a document, apart from it so that lists stay narrow: metadata (weight A) and text layer (weight B).

    Nobody reads it over RPC: text is content, and content is read where every reading is journalled.
    """

    _name = 'civic.document.text'
    _description = "Searchable text of a document"
    _log_access = False
    _rec_name = 'document_id'

    document_id = fields.Many2one('civic.document', required=True, ondelete='cascade')
    company_id = fields.Many2one('res.company', required=True, ondelete='cascade', export_string_translation=False)
    body = fields.Text(prefetch=False, export_string_translation=False)

    _document_uniq = models.UniqueIndex('(document_id)')

    def init(self):
        # A column type that the ORM does not know; only this model's SQL reads and writes it.
        self.env.cr.execute("ALTER TABLE civic_document_text ADD COLUMN IF NOT EXISTS tsv tsvector")
        self.env.cr.execute(
            "CREATE INDEX IF NOT EXISTS civic_document_text__tsv_idx ON civic_document_text USING gin (tsv)")

    @api.model
    def _update_head(self, documents):
        """Index the metadata of the documents, in one statement whatever their number; their bodies stay."""
        if not documents:
            return
        rows = [
            SQL("(%s, %s, %s)", document.id, document.company_id.id, document._get_text_head())
            for document in documents
        ]
        self.env.cr.execute(SQL(
            """
            INSERT INTO civic_document_text AS text (document_id, company_id, tsv)
            SELECT id, company_id, setweight(to_tsvector('simple', head), 'A')
              FROM (VALUES %s) AS row (id, company_id, head)
                ON CONFLICT (document_id) DO UPDATE
               SET company_id = excluded.company_id, tsv = excluded.tsv || ts_filter(text.tsv, '{b}')
            """,
            SQL(", ").join(rows),
        ))

    @api.model
    def _write_body(self, document, body):
        """Keep and index the text of the document's files in place of what was there."""
        body = (body or '')[:MAX_BODY]
        words = fold_words(body)
        while True:
            query = SQL(
                """
                INSERT INTO civic_document_text AS text (document_id, company_id, body, tsv)
                VALUES (%s, %s, %s, setweight(to_tsvector('simple', %s), 'B'))
                    ON CONFLICT (document_id) DO UPDATE
                   SET body = excluded.body, tsv = ts_filter(text.tsv, '{a}') || excluded.tsv
                """,
                document.id, document.company_id.id, body or None, words,
            )
            if len(words) <= SAFE_BODY:
                self.env.cr.execute(query)
                return
            try:
                with mute_logger('odoo.sql_db'), self.env.cr.savepoint(flush=False):
                    self.env.cr.execute(query)
                return
            except ProgramLimitExceeded:        # no natural text has so many different words: index less of it
                words = words[:len(words) // 2]

    @api.model
    def _append_body(self, document, text):
        """Add the text of one more file."""
        if not text:
            return
        self.env.cr.execute(SQL("SELECT body FROM civic_document_text WHERE document_id = %s", document.id))
        row = self.env.cr.fetchone()
        self._write_body(document, '\n'.join(filter(None, [row and row[0], text])))

    @api.model
    def _rebuild(self, documents):
        """Read the text of all files of the documents anew, to the last page, and index it."""
        for document in documents.with_env(self.env):
            parts = []
            for content in document.content_ids:
                text = self._read_content(content)
                if find_secrecy_mark(text):
                    content._expunge_secret()           # it rebuilds what is left
                    break
                content.text_state = 'done' if text else 'none'
                parts.append(text)
            else:
                self._write_body(document, '\n'.join(filter(None, parts)))

    @api.model
    def _read_content(self, content):
        extension = get_extension(content.name)
        if extension not in FORMATS or not FORMATS[extension].reader:
            return ''
        if content.role == 'rendition' and content.derived_from_id.text_state != 'none':
            return ''                                   # it says what its source says
        return read_text(content._get_source(), extension)


class CivicDocument(models.Model):
    _inherit = 'civic.document'

    search_text = fields.Char("Search in number and text", store=False, search='_search_search_text')
    snippet = fields.Html("Found text", compute='_compute_snippet', sanitize=False)

    _issue_date_idx = models.Index('(company_id, issue_date) WHERE issue_date IS NOT NULL')

    # === COMPUTE / SEARCH === #

    @api.depends_context('civic_search')
    def _compute_snippet(self):
        """Show where the text of each displayed document has what was searched, in its own letters."""
        excerpts = {}
        terms = get_query_terms(self._get_context_search())
        remaining = self._origin.ids if terms else []
        for window in EXCERPT_WINDOWS:
            if not remaining:
                break
            rows = self.env.execute_query(SQL(
                "SELECT document_id, left(body, %s) FROM civic_document_text WHERE document_id IN %s AND body IS NOT NULL",
                window, tuple(remaining)))
            remaining = []
            for document_id, body in rows:
                excerpt = get_excerpt(body, terms)
                if excerpt:
                    excerpts[document_id] = self._format_excerpt(excerpt)
                elif len(body) == window:
                    remaining.append(document_id)
        for document in self:
            document.snippet = excerpts.get(document._origin.id, False)

    def _get_context_search(self):
        """The context key holds what the search view has: a text, or a list of them."""
        search = self.env.context.get('civic_search') or ''
        if isinstance(search, (list, tuple)):
            search = ' '.join(str(part) for part in search)
        return str(search)

    @api.model
    def _format_excerpt(self, excerpt):
        return Markup().join(
            Markup("<mark>%s</mark>") % piece if is_match else escape(piece) for piece, is_match in excerpt)

    def _search_search_text(self, operator, value):
        if operator not in ('in', 'like', 'ilike', '=like', '=ilike', '='):
            return NotImplemented               # the ORM negates by itself
        texts = [value] if isinstance(value, str) or not value else list(value)
        return Domain.OR(self._get_search_domain(text.strip('%')) for text in texts if text)

    @api.model
    def _get_search_domain(self, text):
        """Return the domain of one typed text: a reference, a number, a date, or words."""
        reference = parse_reference(text)
        if reference.number and reference.notation:
            domain = Domain(
                'reference_key', '=like', _escape_like(reference_key(reference.number, reference.notation)) + '%')
            if self.search_count(domain, limit=1):
                return domain & Domain('issue_date', '=', reference.date) if reference.date else domain
            # No document bears it: show those that cite it.
            return self._get_text_domain(f'"{reference.number} {reference.notation}"')
        if reference.number and not reference.date:
            key = reference_key(reference.number)
            exact = [Domain('reference_key', '=', key), Domain('reference_key', '=like', _escape_like(key) + '/%')]
            if key.isdigit() and len(key) < 10:
                exact.append(Domain('register_number', '=', int(key)))
            return self._get_union_domain(text, exact)
        if reference.date and not reference.number:
            return self._get_union_domain(text, [
                Domain('issue_date', '=', reference.date), Domain('date_sort', '=', reference.date)])
        return self._get_text_domain(text)

    @api.model
    def _get_union_domain(self, text, domains):
        """Return the domain of the documents that have these words or answer to one of the domains.

        A union of queries that each use an index: an OR would scan the table, words being in another one.
        """
        # sudo: the query around this one applies the rules
        documents_sudo = self.sudo()
        queries = [self._get_text_query(text)] if make_tsquery(text) else []
        for domain in domains:
            if not self.env.su:
                domain &= Domain('company_id', 'in', self.env.companies.ids)
            queries.append(documents_sudo._search(domain).subselect())
        return self._get_matching_domain(SQL(" UNION ALL ").join(queries))

    @api.model
    def _get_text_domain(self, text):
        """Return the domain of the documents that have all these words; the last one may be unfinished."""
        return self._get_matching_domain(self._get_text_query(text)) if make_tsquery(text) else Domain.FALSE

    @api.model
    def _get_matching_domain(self, query):
        """Return the domain of the documents whose ids the query selects.

        The database cannot guess how many documents have an unfinished word, and takes each for common: to show a
        few in order of date it would walk through the whole list. So a few are fetched first, and found by their ids.
        """
        few = self.env.execute_query(SQL(
            "WITH matching AS MATERIALIZED (%s) SELECT * FROM matching LIMIT %s", query, FEW_MATCHES + 1))
        if len(few) <= FEW_MATCHES:
            return Domain('id', 'in', [document_id for [document_id] in few])
        return Domain('id', 'in', SQL("(%s)", query))

    @api.model
    def _get_text_query(self, text):
        companies = SQL()
        if not self.env.su:
            companies = SQL(" AND company_id IN %s", tuple(self.env.companies.ids))
        return SQL(
            "(SELECT document_id FROM civic_document_text WHERE tsv @@ %s::tsquery%s)", make_tsquery(text), companies)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        # sudo: the search index belongs to nobody
        self.env['civic.document.text'].sudo()._update_head(documents)
        return documents

    def write(self, vals):
        result = super().write(vals)
        if self._get_text_triggers().intersection(vals):
            # sudo: the search index belongs to nobody
            self.env['civic.document.text'].sudo()._update_head(self)
        return result

    # === BUSINESS === #

    @api.model
    def _get_text_triggers(self):
        """Fields whose change reindexes the metadata."""
        return {*HEAD_FIELDS, 'code_number', 'code_notation', 'issuer_id', 'company_id'}

    def _get_text_head(self):
        """Return the words of the metadata, folded. Higher rooms add theirs."""
        self.ensure_one()
        issuer = self.issuer_id
        return fold_words(' '.join(filter(None, chain(
            (self[name] for name in HEAD_FIELDS), (issuer.name, issuer.abbreviation)))))


def _escape_like(text):
    return re.sub(r'([\\%_])', r'\\\1', text)
