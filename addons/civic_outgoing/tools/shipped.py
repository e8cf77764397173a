"""The templates that come with the add-on, and values for a look at them; plain Python."""
import json
from functools import cache
from pathlib import Path

from .template import parse_body

DATA = Path(__file__).parents[1] / 'data'
GENERAL = 'chung'
# code of the document type: names of its templates, the usual one first. Types that are not listed use the general one
# (form 1.4 of Annex III).
TEMPLATES = {
    'cv': ('cong_van',),
    'qd': ('quyet_dinh', 'quyet_dinh_ban_hanh'),
    'kh': ('ke_hoach',),
    'bc': ('bao_cao',),
    'ttr': ('to_trinh',),
    'tb': ('thong_bao',),
    'gm': ('giay_moi',),
    'bb': ('bien_ban',),
    'guq': ('giay_uy_quyen',),
    'cd': ('cong_dien',),
    'ggt': ('giay_gioi_thieu',),
    'pg': ('phieu_gui',),
    'pc': ('phieu_gui',),
}


def get_template_names(type_code):
    """Return the names of the templates for a type, by its code in civic.document.type; the usual one first."""
    return TEMPLATES.get(type_code, (GENERAL,))


def get_template_path(name):
    return DATA / 'templates' / f'{name}.docx'


@cache
def _read_samples():
    return json.loads((DATA / 'template_samples.json').read_text(encoding='utf-8'))


def get_names():
    """Return the names of all shipped templates."""
    return tuple(_read_samples()['templates'])


def get_sample(name):
    """Return values for :func:`template.render` for a shipped template, by its name.

    ``type_code`` is the code of a document type that the template serves; it is no field.
    """
    samples = _read_samples()
    values = {**samples['common'], **samples['templates'][name]}
    for field in ('body', 'attached_body'):
        if field in values:
            values[field] = parse_body('\n'.join(values[field]))
    return values
