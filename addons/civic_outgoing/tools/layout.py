"""Check a draft against the layout of Annex I of Decree 30/2020/NĐ-CP, in Word and in PDF; plain Python.

What is wanted is data (``data/layout_profile_nd30.json``): ranges, texts, components, the part of the annex each rule comes
from, the law and its dates. Another law is another profile.
"""
import json
import re
import tempfile
from datetime import date
from functools import cache
from pathlib import Path

from .adjust import measure_lines
from .components import (
    MM,
    find_parts,
    fold_letters,
    normalise,
    read_docx_sheet,
    read_pdf_sheet,
)
from .finding import Finding
from .sandbox import in_child

PROFILE = Path(__file__).parents[1] / 'data' / 'layout_profile_nd30.json'
NEEDS_JUSTIFYING = 70           # characters: shorter paragraphs look the same
_REFERENCE = re.compile(r'^Số\s*:\s*(?P<number>\d{0,11}[a-zđ]?|[.…_\s]*)\s*/\s?(?P<notation>\S+)$')
_DATE = re.compile(r'^(?P<place>.+?), ngày (?P<day>[\d.…_]*) ?tháng (?P<month>[\d.…_]*) ?năm ?(?P<year>[\d.…_]*)\u2060?$')
_ARCHIVE = re.compile(r'^[-–] ?Lưu ?: ?VT(?:, ?[^.;]+)?\.?(?: .*)?$')


@cache
def _read_profile():
    return json.loads(PROFILE.read_text(encoding='utf-8'))


def load_profile():
    """Return the shipped profile (a copy)."""
    return json.loads(json.dumps(_read_profile()))


@in_child()
def check_docx(docx: bytes, profile: dict, expected: dict) -> list:
    """Return the deviations of a Word document, as :class:`Finding`.

    :param profile: see :func:`load_profile`
    :param expected: what is known of the document, all optional: type_code, type_name, type_abbreviation, agency,
        agency_parent, notation, number, place, date (YYYY-MM-DD), subject, signing_lines (list), signer_title,
        signer_name; texts are compared without regard to case where the annex wants capitals
    :raises ToolError: if the file is refused or damaged
    """
    sheet = read_docx_sheet(docx)
    return _Check(sheet, profile, expected).run()


def check_pdf(pdf: bytes, profile: dict, expected: dict) -> list:
    """Return the deviations of a PDF with a text layer; lines that are drawn and spacing are not looked at.

    :raises ToolError: corrupt, limit
    """
    return _Check(read_pdf_sheet(pdf), profile, expected).run()


class _Check:

    def __init__(self, sheet, profile, expected):
        self.sheet, self.profile, self.expected = sheet, profile, expected or {}
        self.kind = profile['types'].get(self.expected.get('type_code') or '', {})
        self.is_letter = bool(self.kind.get('is_letter'))
        self.findings = []
        self.seen = set()
        self.is_odd_page = False

    def run(self):
        if not self.sheet.items:
            self.add('unreadable', 'body', part='')
            return self.findings
        self.parts = find_parts(self.sheet, self.profile, self.expected)
        self.check_page()
        if self.is_odd_page and self.sheet.is_pdf:
            return self.findings            # places on such a page tell nothing
        self.check_presence()
        self.check_looks()
        self.check_sizes_together()
        self.check_texts()
        self.check_reference()
        self.check_place_date()
        self.check_names()
        self.check_signature()
        self.check_recipients()
        self.check_content()
        if not self.sheet.is_pdf:
            self.check_lines()
            self.check_spacing()
        return self.findings

    # --- findings --- #

    def add(self, aspect, component='page', *, part=None, item=None, found='', wanted='', name=None, **params):
        """Note a deviation, once for each rule and component."""
        settings = self.profile['components'].get(component, {})
        name = name or aspect
        rule_name = name if component == 'page' else f'{component}-{name}'
        part = part if part is not None else self.profile['parts'].get(name) or settings.get('part', '')
        rule = '-'.join(filter(None, [self.profile['code'], part, rule_name]))
        if rule in self.seen:
            return
        self.seen.add(rule)
        found, wanted = str(found), str(wanted)
        self.findings.append(Finding(
            rule=rule, key='layout_' + aspect.replace('-', '_'), severity=self.profile['severity'],
            params={'component': component, 'found': found, 'wanted': wanted, **params},
            article=self._get_article(part), page=item.page if item is not None else None,
            box=settings.get('box') or component, found=found, wanted=wanted))

    def _get_article(self, part):
        if not part:
            return self.profile['name']
        annex_part, section, point = (part.split('.') + ['', ''])[:3]
        return self.profile['article'] % {'part': annex_part, 'section': section, 'point': point}

    # --- page --- #

    def check_page(self):
        if self.sheet.is_pdf:
            self._check_pdf_pages()
            self._check_pdf_margins()
            self._check_pdf_numbers()
            return
        slack = self.profile['tolerance_mm']
        for section in self.sheet.sections[:1]:
            self._check_size(section.width, section.height, None)
            for side in ('top', 'bottom', 'left', 'right'):
                low, high = self.profile['margins'][side]
                value = getattr(section, side)
                if not low - slack <= value <= high + slack:
                    self.add(f'margin-{side}', found=_mm(value), wanted=_range(low, high))
            self._check_number_field(section)

    def _check_size(self, width, height, page):
        wanted_width, wanted_height = self.profile['page']['width'], self.profile['page']['height']
        if width > height:
            width, height = height, width
            self.add('orientation')
            self.is_odd_page = True
        if abs(width - wanted_width) > 1 or abs(height - wanted_height) > 1:
            self.add('page-size', found=f'{_mm(width)} × {_mm(height)}', wanted=f'{wanted_width} × {wanted_height}')

    def _check_number_field(self, section):
        in_foot = [item for item in section.footers.get('default', ()) if item.has_page_field]
        # word processors write a first page of its own look as a section of its own
        others = [section] if in_foot else self.sheet.sections
        numbered = next((other for other in others if _get_number_fields(other)), None)
        if numbered is None:
            self.add('page-number-place' if in_foot else 'page-number-missing')
            return
        section, numbers = numbered, _get_number_fields(numbered)
        if numbers[0].align != 'center':
            self.add('page-number-place')
        first = section.headers.get('first', ()) if section.has_first_page else numbers
        if section is self.sheet.sections[0] and any(item.has_page_field for item in first):
            self.add('page-number-first')
        low, high = self.profile['page_number_size']
        sizes = [run.size for run in numbers[0].runs]
        if any(not low <= size <= high for size in sizes):
            self.add('page-number-size', found=_number(max(sizes)), wanted=_range(low, high))

    def _check_pdf_pages(self):
        for number, (width, height) in enumerate(self.sheet.pages, start=1):
            self._check_size(width / MM, height / MM, number)

    def _check_pdf_margins(self):
        slack = self.profile['tolerance_mm'] + 0.4          # letters reach over their box
        margins = self.profile['margins']
        body = [item for item in self.sheet.items if item.size > 12.5]
        if not body:
            return
        width, height = (value / MM for value in self.sheet.pages[0])
        left = min(item.box[0] for item in self.sheet.items) / MM
        right = width - max(item.box[2] for item in self.sheet.items) / MM
        top = min(item.box[1] for item in self.sheet.items if item.page == 1) / MM
        bottom = height - max(item.box[3] for item in self.sheet.items) / MM
        long_lines = sum(1 for item in body if item.side == 'full' and item.box[2] - item.box[0] > 0.5 * width * MM)
        measured = {'left': (left, long_lines > 2), 'right': (right, long_lines > 2), 'top': (top, True), 'bottom': (bottom, False)}
        for side, (value, can_be_wide) in measured.items():
            low, high = margins[side]
            # the box of a line at the foot reaches below its letters
            if value < low - slack - (2 if side == 'bottom' else 0) or can_be_wide and value > high + slack:
                self.add(f'margin-{side}', found=_mm(value), wanted=_range(low, high))

    def _check_pdf_numbers(self):
        numbers, pages = self.sheet.numbers, len(self.sheet.pages)
        if any(item.box[1] < 24 * MM for item in numbers.get(1, ())):
            self.add('page-number-first', item=numbers[1][0])
        for page in range(2, pages + 1):
            if self._begins_another(page):
                continue
            found = numbers.get(page, ())
            at_top = [item for item in found if item.box[3] < 24 * MM]
            if not at_top:
                self.add('page-number-place' if found else 'page-number-missing', item=found[0] if found else None)
                continue
            item = at_top[0]
            width = self.sheet.pages[page - 1][0]
            centre = (item.box[0] + item.box[2]) / 2
            if abs(centre - width / 2) > 16 * MM:
                self.add('page-number-place', item=item)
            low, high = self.profile['page_number_size']
            slack = self.profile['tolerance_pt']
            if not low - slack <= item.size <= high + slack:
                self.add('page-number-size', item=item, found=_number(item.size), wanted=_range(low, high))

    def _begins_another(self, page):
        """Whether an annex or what the document puts into force begins on the page: its first page has no number."""
        top = [item for item in self.sheet.items if item.page == page][:6]
        return any(item.letters.startswith(('conghoaxahoi', 'phuluc')) for item in top)

    # --- components --- #

    def _wants(self, name):
        if name in self.kind.get('without', ()):
            return False
        if name == 'addressee':
            return self.is_letter or bool(self.kind.get('addressee'))
        if name in ('type_name', 'subject'):
            return not self.is_letter
        if name == 'letter_subject':
            return self.is_letter
        return True

    def check_presence(self):
        for name, settings in self.profile['components'].items():
            if not settings.get('required') or not self._wants(name) or self.parts.get(name):
                continue
            if name != 'recipients' or self.parts.get('recipients_label'):      # one missing thing, one finding
                self.add('missing', name)
        for name in ('agency_parent', 'urgency', 'circulation'):
            if self.expected.get(name) and not self.parts.get(name):
                self.add('missing', name)
        if self.parts.unwanted_type is not None:
            self.add('type-unwanted', 'type_name', item=self.parts.unwanted_type, found=self.parts.unwanted_type.text[:60])

    def check_looks(self):
        self.sized = set()
        for name, settings in self.profile['components'].items():
            for item in self.parts.get(name):
                self._check_look(name, settings, item)
        self._check_fonts()

    def _check_look(self, name, settings, item):
        slack = self.profile['tolerance_pt'] if self.sheet.is_pdf else 0.01
        low, high = settings['size']
        wrong = [size for size in item.sizes if not low - slack <= size <= high + slack]
        if wrong:
            self.sized.add(name)
            self.add('size', name, item=item, found=_number(wrong[-1]), wanted=_range(low, high))
        for aspect, is_all, is_part in (
            ('bold', item.is_bold, item.is_partly_bold), ('italic', item.is_italic, item.is_partly_italic),
        ):
            if settings.get(aspect) is True and not is_all:
                self.add(aspect, name, item=item)
            elif settings.get(aspect) is False and is_part:
                self.add(f'not_{aspect}', name, item=item, name=f'not-{aspect}')
        if settings.get('upper') and not item.is_upper:
            self.add('upper', name, item=item)
        if settings.get('side') and item.side != settings['side']:
            self.add('place', name, item=item, wanted={
                'left': 'upper left', 'right': 'upper right', 'full': 'in the middle'}[settings['side']])

    def _check_fonts(self):
        allowed = {fold_letters(name) for name in self.profile['fonts_in_pdf' if self.sheet.is_pdf else 'fonts']}
        told = set()
        for name in self.profile['components']:
            for item in self.parts.get(name):
                for run in item.written:
                    font = fold_letters(run.font)
                    if font and font not in allowed and font not in told:
                        told.add(font)
                        self.add(
                            'font', name, item=item, part=self.profile['parts']['font'], found=run.font,
                            wanted=self.profile['fonts'][0])

    def check_sizes_together(self):
        names = ('nation', 'motto', 'place_date')
        items = [self.parts.get(name) for name in names]
        if not all(items) or self.sized & set(names):
            return
        sizes = [found[0].size for found in items]
        slack = self.profile['tolerance_pt'] if self.sheet.is_pdf else 0.01
        if not any(all(abs(a - b) <= slack for a, b in zip(sizes, group, strict=True)) for group in self.profile['size_sets']):
            wanted = ' / '.join('-'.join(map(str, group)) for group in self.profile['size_sets'])
            self.add('sizes-together', found='-'.join(map(_number, sizes)), wanted=wanted)

    def check_texts(self):
        for name, settings in self.profile['components'].items():
            wanted, found = settings.get('text'), self.parts.get(name)
            if wanted and found and found[0].text != wanted and not (settings.get('upper') and not found[0].is_upper):
                self.add('text', name, item=found[0], found=found[0].text[:80], wanted=wanted)

    # --- box 3 --- #

    def check_reference(self):
        found = self.parts.get('reference')
        if not found:
            return
        text = found[0].text
        match = _REFERENCE.match(text)
        wanted = f"Số: …/{self.expected.get('notation') or self._get_notation_form()}"
        if not match:
            self.add('reference-form', 'reference', item=found[0], found=text[:60], wanted=wanted, name='form')
            return
        number, notation = match['number'].strip(), match['notation']
        if re.fullmatch('[1-9]', number):
            self.add('reference-zero', 'reference', item=found[0], found=number, wanted=f'0{number}', name='zero')
        known = self.expected.get('notation')
        if known:
            if notation != known:
                self.add('reference-notation', 'reference', item=found[0], found=notation, wanted=known, name='notation')
            return
        abbreviation = self.expected.get('type_abbreviation')
        first = re.split('[-/]', notation)[0]
        if self.is_letter and first in self.profile['type_abbreviations']:
            self.add('reference-letter', 'reference', item=found[0], found=notation, name='letter')
        elif not self.is_letter and abbreviation and first != abbreviation:
            self.add('reference-type', 'reference', item=found[0], found=notation, wanted=abbreviation, name='type')
        elif '-' not in notation:
            self.add('reference-form', 'reference', item=found[0], found=text[:60], wanted=wanted, name='form')

    def _get_notation_form(self):
        return '…-…' if self.is_letter else f"{self.expected.get('type_abbreviation') or '…'}-…"

    # --- box 4 --- #

    def check_place_date(self):
        found = self.parts.get('place_date')
        if not found:
            return
        item = found[0]
        match = _DATE.match(item.text)
        wanted = f"{self.expected.get('place') or '…'}, ngày … tháng … năm …"
        if not match:
            self.add('date-form', 'place_date', item=item, found=item.text[:80], wanted=wanted, name='form')
            return
        day, month = match['day'], match['month']
        if re.fullmatch(r'\d', day) or re.fullmatch('[12]', month) or re.fullmatch('0[3-9]', month):
            self.add('date-zero', 'place_date', item=item, found=item.text[:80], name='zero')
        elif self.expected.get('date') and day.isdigit() and month.isdigit() and match['year'].isdigit():
            known = date.fromisoformat(self.expected['date'])
            if (int(day), int(month), int(match['year'])) != (known.day, known.month, known.year):
                self.add('text', 'place_date', item=item, found=item.text[:80], wanted=known.strftime('%d/%m/%Y'))
        if self.expected.get('place') and match['place'] != self.expected['place']:
            self.add('text', 'place_date', item=item, found=match['place'][:60], wanted=self.expected['place'])
        self._check_same_line(item)

    def _check_same_line(self, item):
        reference = self.parts.get('reference')
        if not reference:
            return
        if item.box:
            is_beside = abs((item.box[1] + item.box[3]) - (reference[0].box[1] + reference[0].box[3])) / 2 < 6
        elif item.paragraph.cell and reference[0].paragraph.cell:
            is_beside = item.paragraph.cell[:2] == reference[0].paragraph.cell[:2]
        else:
            is_beside = True
        if not is_beside:
            self.add('date-line', 'place_date', item=item, name='line')

    # --- boxes 2, 5 --- #

    def check_names(self):
        for name in ('agency', 'agency_parent', 'type_name', 'subject', 'letter_subject', 'urgency', 'circulation'):
            wanted, found = self.expected.get('subject' if name == 'letter_subject' else name), self.parts.get(name)
            if not wanted or not found:
                continue
            text = self.parts.text(name)
            if name == 'letter_subject':
                wanted = re.sub(r'^(?:V/v|Về việc)\s*:?\s*', '', wanted)
                text = re.sub(r'^(?:V/v|Về việc)\s*:?\s*', '', text)
            if fold_case(text) != fold_case(wanted):
                self.add('text', name, item=found[0], found=text[:120], wanted=normalise(wanted)[:120])
        found = self.parts.get('letter_subject')
        if found and not found[0].text.startswith('V/v'):
            self.add('subject-mark', 'letter_subject', item=found[0], name='mark')

    # --- box 7 --- #

    def check_signature(self):
        title, name = self.parts.get('signer_title'), self.parts.get('signer_name')
        lines = [fold_case(item.text) for item in title]
        text = ' '.join(lines)
        for line in self.expected.get('signing_lines') or ():
            if title and fold_case(line) not in text:
                self.add('signer-prefix', 'signer_title', item=title[0], wanted=normalise(line).upper(), name='prefix')
        wanted = self.expected.get('signer_title')
        if title and wanted and not text.endswith(fold_case(wanted)):
            self.add('text', 'signer_title', item=title[-1], found=title[-1].text[:80], wanted=normalise(wanted).upper())
        wanted = self.expected.get('signer_name')
        if name and wanted and fold_case(wanted) not in fold_case(name[0].text):
            self.add('text', 'signer_name', item=name[0], found=name[0].text[:80], wanted=normalise(wanted))

    # --- box 9b --- #

    def check_recipients(self):
        lines = self.parts.get('recipients')
        if not lines:
            return
        if not _ARCHIVE.match(lines[-1].text):
            self.add('archive-line', 'recipients', item=lines[-1], found=lines[-1].text[:60], name='archive')
            return
        for line in lines[:-1]:
            if not line.text.endswith(';'):
                self.add('recipient-mark', 'recipients', item=line, found=line.text[-60:], name='mark')
        if not re.match(r'^[^.]*\.', lines[-1].text):
            self.add('recipient-mark', 'recipients', item=lines[-1], found=lines[-1].text[-60:], name='mark')

    # --- box 6 --- #

    def check_content(self):
        bases = self.parts.get('basis')
        for index, item in enumerate(bases, start=1):
            if not item.text.endswith('.' if index == len(bases) else ';'):
                self.add('basis-mark', 'basis', item=item, found=item.text[-60:], name='mark')
        body = self.parts.get('body')
        if body and not body[-1].text.endswith('./.'):
            self.add('end-mark', 'body', item=body[-1], found=body[-1].text[-40:])

    # --- Word alone --- #

    def check_lines(self):
        """Lines below motto, agency and subject: that they are there, and how long they are."""
        for name, settings in self.profile['components'].items():
            found = self.parts.get(name)
            if not settings.get('line') or not found:
                continue
            is_known = name not in self.sized and not self.is_odd_page
            item = found[-1]
            length = self._find_line_below(item)
            if length is None:
                self.add('line', name, item=item)
                continue
            text = ''.join(run.text for run in item.paragraph.runs).strip()
            width = measure_lines(normalise_lines(text), item.size, item.paragraph.room or 200, bold=item.is_bold)
            low, high = settings['line']
            share = length / max(1.0, width)
            if is_known and length and not low - 0.05 <= share <= high + 0.05:
                self.add(
                    'line-length', name, item=item, found=f'{100 * share:.0f} %',
                    wanted=f'{100 * low:.0f}–{100 * high:.0f} %')

    def _find_line_below(self, item):
        """Return the length in mm of the line below a paragraph; 0 if it cannot be told, None if there is no line."""
        paragraph = item.paragraph
        if 'bottom' in paragraph.borders:
            return max(0.0, paragraph.room - paragraph.left - paragraph.right)
        if paragraph.shape_width is not None:
            return paragraph.shape_width
        for other in self.sheet.paragraphs[item.index + 1:item.index + 4]:
            if other.cell != paragraph.cell or (not other.is_empty and not other.borders):
                # a subject may be followed by a note in brackets before its line
                if other.cell == paragraph.cell and other.text.startswith('('):
                    continue
                break
            if other.shape_width is not None:
                return other.shape_width
            if 'top' in other.borders or 'bottom' in other.borders:
                return max(0.0, other.room - other.left - other.right)
        return None

    def check_spacing(self):
        """Justified text, indents, line spacing and gaps of the content."""
        content = [
            item for item in [*self.parts.get('basis'), *self.parts.get('body')]
            if item.paragraph.cell is None]
        low, high = self.profile['line_spacing']
        for item in content:
            name = 'basis' if item in self.parts.get('basis') else 'body'
            paragraph = item.paragraph
            is_text = len(item.text) >= NEEDS_JUSTIFYING and paragraph.align != 'center'
            if is_text and paragraph.align != 'justify':
                self.add('align', name, item=item, found=item.text[:60])
            first = self.profile['first_line_indent']
            if is_text and not first[0] - 0.6 <= paragraph.first + paragraph.left <= first[1] + 0.6:
                self.add('indent', name, item=item, found=_mm(paragraph.first + paragraph.left), wanted=_range(*first))
            lines = paragraph.line if paragraph.line_rule == 'auto' else paragraph.line / (1.15 * item.size)
            if not low - 0.02 <= lines <= high + 0.02 and not (paragraph.line_rule == 'atLeast' and lines < low):
                self.add('line-spacing', name, item=item, found=_number(lines), wanted=f'{_number(low)}–{_number(high)}')
        content.sort(key=lambda item: item.index)
        for item, other in zip(content, content[1:], strict=False):
            gap = item.paragraph.after + other.paragraph.before
            if other.index == item.index + 1 and gap < self.profile['paragraph_gap'] - 0.1:
                self.add('gap', 'body', item=other, found=_number(gap), wanted=self.profile['paragraph_gap'])


def _get_number_fields(section):
    return [item for item in section.headers.get('default', ()) if item.has_page_field]


def fold_case(text):
    """Return the text for comparison: composed, single blanks, no case."""
    return normalise(text).casefold()


def normalise_lines(text):
    return '\n'.join(normalise(line) for line in text.split('\n'))


def _mm(value):
    return f'{value:.1f}'.removesuffix('.0')


def _number(value):
    return f'{value:.2f}'.rstrip('0').rstrip('.')


def _range(low, high):
    return _number(low) if low == high else f'{_number(low)}–{_number(high)}'


# === places for numbers and signatures === #

SIGNATURE_WIDTH = 50            # mm
SEAL_SIZE = 36                  # mm: the real size of the seals of most agencies


def find_places(pdf: bytes, expected: dict, profile: dict | None = None) -> dict:
    """Return where number, date and signatures go on a PDF of a draft: {name: {'page', 'x0', 'y0', 'x1', 'y1'}}.

    Points from the lower left of the page, as PDF counts. ``number``, ``day``, ``month``: the room that was left for them,
    on the line of what stands beside them (``size`` is that line's size in points). ``signature``: between title and name of the
    signer, centred on them. ``seal``: over the left third of the signature (Annex I, II.8). ``attached``: upper right of page 1,
    for the agency's signature on an annex in a file of its own. A place that is not found is left out.

    :raises ToolError: corrupt, limit
    """
    from odoo.addons.civic_document.tools.words import read_text_pages  # a plain module, too

    profile = profile or _read_profile()
    sheet = read_pdf_sheet(pdf)
    if not sheet.items:
        return {}
    parts = find_parts(sheet, profile, expected or {})
    with tempfile.TemporaryDirectory(prefix='civic-layout-') as folder:
        path = Path(folder, 'draft.pdf')
        path.write_bytes(pdf)
        pages = read_text_pages(str(path), 1, 1)
    places = {}
    if 1 in pages:
        _find_gaps(pages[1], sheet, parts, places)
    _find_signature(sheet, parts, places)
    width, height = sheet.pages[0]
    places['attached'] = {
        'page': 1, 'x0': width - 85 * MM, 'y0': height - 14 * MM, 'x1': width - 15 * MM, 'y1': height - 6 * MM}
    return places


def _find_gaps(page, sheet, parts, places):
    width, height = page.width_pt, page.height_pt
    for name, component, before, after in (
        ('number', 'reference', r'Số:?', r'/.*'), ('day', 'place_date', 'ngày', 'tháng'), ('month', 'place_date', 'tháng', 'năm'),
    ):
        for item in parts.get(component):
            line = [
                word for word in page.words
                if abs((word.y0 + word.y1) * height / 2 - (item.box[1] + item.box[3]) / 2) < 0.4 * item.size
                and item.box[0] - 3 <= word.x0 * width <= item.box[2] + 3]
            for left, right in zip(line, line[1:], strict=False):
                if re.fullmatch(before, left.text) and re.fullmatch(after, right.text) and (right.x0 - left.x1) * width > 4:
                    places[name] = {
                        'page': 1, 'x0': left.x1 * width, 'y0': height - item.box[3], 'x1': right.x0 * width,
                        'y1': height - item.box[1], 'size': item.size}


def _find_signature(sheet, parts, places):
    title, name = parts.get('signer_title'), parts.get('signer_name')
    if not title or not name or title[-1].page != name[0].page:
        return
    top, bottom = title[-1].box[3], name[0].box[1]
    if bottom - top < 8 * MM:
        return
    page = title[-1].page
    width, height = sheet.pages[page - 1]
    centre = (name[0].box[0] + name[0].box[2]) / 2
    half = SIGNATURE_WIDTH * MM / 2
    x0, x1 = max(0.0, centre - half), min(width, centre + half)
    places['signature'] = {'page': page, 'x0': x0, 'y0': height - bottom, 'x1': x1, 'y1': height - top}
    middle, size = height - (top + bottom) / 2, SEAL_SIZE * MM
    right = x0 + (x1 - x0) / 3
    places['seal'] = {'page': page, 'x0': right - size, 'y0': middle - size / 2, 'x1': right, 'y1': middle + size / 2}
