"""Signing against the library alone, and many papers in one act against few."""
from __future__ import annotations

import json

from benchmarks import Bench, Result, benchmark

PAPER = """
import io
from reportlab.pdfgen.canvas import Canvas
def make_paper(subject='', pages=1):
    output = io.BytesIO()
    canvas = Canvas(output, pagesize=(595, 842))
    for number in range(pages):
        for line in range(40):
            canvas.drawString(90, 780 - 16 * line, f'{subject} {number} {line}')
        canvas.showPage()
    canvas.save()
    return output.getvalue()
"""

SIGN_PDF = PAPER + """
import asyncio, json, statistics, tempfile, time
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.stamp import StaticStampStyle
from odoo.addons.civic_signature.tools import appearance, demo_ca, demo_papers, demo_pictures, signing
paper = make_paper(pages=20)
key = demo_papers.make_key(demo_ca.DemoAuthority().issue("Nguyễn Văn An", "UBND"))
page = appearance.draw_picture(demo_pictures.draw_signature("An"), (119, 57))
stamp = tempfile.NamedTemporaryFile(suffix='.pdf')
stamp.write(page)
stamp.flush()
def ours():
    signing.sign(paper, key, signing.Placement(box=(300, 200, 119, 57), page=-1, appearance=page))
def floor():
    with key.open() as signer:
        asyncio.run(PdfSigner(
            PdfSignatureMetadata(field_name='S', md_algorithm='sha256', subfilter=SigSeedSubFilter.PADES, certify=True),
            signer, stamp_style=StaticStampStyle.from_pdf_file(stamp.name),
            new_field_spec=SigFieldSpec('S', on_page=19, box=(300, 200, 419, 257)),
        ).async_sign_pdf(IncrementalPdfFileWriter(io.BytesIO(paper), strict=False)))
times = {'ours': [], 'floor': []}
for n in range(REPEAT + 3):
    for name, work in (('ours', ours), ('floor', floor)):
        started = time.perf_counter()
        work()
        if n > 2:
            times[name].append((time.perf_counter() - started) * 1000)
print(json.dumps({name: statistics.median(values) for name, values in times.items()}))
"""

SIGN_MANY = PAPER + """
import json, time
from odoo.addons.civic_signature.demo import PIN
leader = env['res.users'].search([('login', '=', 'lanhdao')])
clerk = env['res.users'].search([('login', '=', 'vanthu')])
company = leader.company_id
company.timestamp_authority_id = False
documents = env['civic.document'].with_user(clerk).with_company(company)
contents = env['civic.content']
for n in range(COUNT + FEW + 3):
    contents |= documents._capture(
        f'to-trinh-{n}.pdf', make_paper(f'To trinh {n}'), direction='internal', subject=f'Tờ trình số {n}').content_ids
env.flush_all()
contents = contents.with_user(leader).with_company(company)
certificate = contents.env['civic.certificate']._get_for_user(company)
def sign(some):
    started = time.perf_counter()
    results = contents.env['civic.content']._sign_many(
        [{'content': content, 'certificate': certificate, 'box': (300, 200, 119, 57)} for content in some], pin=PIN)
    env.cr.commit()
    assert all(result['signed'] for result in results), results
    return (time.perf_counter() - started) * 1000 / len(some)
sign(contents[:3])
print(json.dumps({'few': sign(contents[3:3 + FEW]), 'many': sign(contents[3 + FEW:])}))
"""


@benchmark
def sign_pdf(bench: Bench):
    odoo = bench.odoo()
    times = json.loads(odoo.shell(bench.fresh(odoo, 'bench_sign'), SIGN_PDF.replace('REPEAT', str(bench.size['repeat']))))
    return [Result('sign_pdf', "sign a PDF of 20 pages with a picture, against pyHanko alone on the same file",
                   times['ours'], times['floor'], 'ms', '<= 1.3')]


@benchmark
def sign_many(bench: Bench):
    odoo = bench.odoo()
    code = SIGN_MANY.replace('COUNT', '100').replace('FEW', '10')
    times = json.loads(odoo.shell(bench.fresh(odoo, 'bench_sign_many'), code))
    return [Result('sign_many', "one paper among 100 signed, checked and journalled in one act, against one among 10",
                   times['many'], times['few'], 'ms', '<= 1.3')]
