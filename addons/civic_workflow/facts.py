"""What the engine asks about documents, answered for a whole batch at once.

Every question is put to all documents of the batch the first time that one of them needs the answer, so that a
hundred documents cost as many queries as one.
"""
import ast

from odoo.exceptions import UserError
from odoo.fields import Domain

from .tools import engine


def parse_domain(text):
    """Return the condition that an administrator typed: a literal, never code."""
    text = (text or '').strip()
    if not text or text == '[]':
        return Domain.TRUE
    return Domain(ast.literal_eval(text))


def filter_by_domain(documents, text):
    """Return the ids of the documents that meet the condition, or raise BrokenCondition."""
    try:
        domain = parse_domain(text)
        if domain.is_true():
            return set(documents._origin.ids)
        return set(documents.filtered_domain(domain)._origin.ids)
    except (ValueError, SyntaxError, TypeError, KeyError, AttributeError, RecursionError, MemoryError, UserError) as error:
        raise engine.BrokenCondition(text) from error


class BatchFacts:
    """Facts about documents that follow one version of a route."""

    def __init__(self, version, documents):
        # sudo: the route decides who is next, whatever the one who passes the document on may read
        self.version = version.sudo()
        self.documents = documents.sudo()
        self.route = self.version._get_engine_route()
        self._steps = {step.id: step for step in self.version.step_ids}
        self._applies = {}
        self._people = {}
        self._fallback = {}
        self._company = {document._origin.id: document.company_id for document in self.documents}

    def of(self, document):
        return DocumentFacts(self, document._origin.id)

    def applies(self, key, document_id):
        if key not in self._applies:
            try:
                self._applies[key] = filter_by_domain(self.documents, self._steps[key].condition)
            except engine.BrokenCondition as error:
                self._applies[key] = error
        found = self._applies[key]
        if isinstance(found, engine.BrokenCondition):
            raise found
        return document_id in found

    def people(self, key, document_id):
        if key not in self._people:
            self._people[key] = self._steps[key]._get_people(self.documents)
        return self._people[key].get(document_id, ())

    def fallback(self, document_id):
        company = self._company[document_id]
        if company not in self._fallback:
            self._fallback[company] = self.version.env['civic.route.step']._get_fallback_people(company)
        return self._fallback[company]


class DocumentFacts:
    """The same facts, of one document: what the engine takes."""

    def __init__(self, batch, document_id):
        self.batch = batch
        self.document_id = document_id

    def applies(self, step):
        return self.batch.applies(step.key, self.document_id)

    def people(self, step):
        return self.batch.people(step.key, self.document_id)

    def fallback(self):
        return self.batch.fallback(self.document_id)
