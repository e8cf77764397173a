"""Papers to sign, made where they are needed."""
import io
from functools import cache

from reportlab.pdfgen.canvas import Canvas

from odoo.addons.civic_report.tools import fonts

from ..tools.demo_ca import DemoAuthority

A4 = (595.28, 841.89)
TITLE, NAME = "CHỦ TỊCH", "Trần Thị Bính"
PIN = "2468"


@cache
def get_authority():
    """One authority for all tests of a run: making keys takes time."""
    return DemoAuthority()


def make_paper(subject="Về việc phê duyệt kế hoạch", pages=1):
    """Return an unsigned decision with room for number, date and signatures."""
    names = fonts.register()
    output = io.BytesIO()
    canvas = Canvas(output, pagesize=A4, initialFontName=names['regular'], invariant=True)
    canvas.setFont(names['regular'], 13)
    canvas.drawString(90, 740, "Số:              /QĐ-UBND")
    canvas.drawString(90, 640, subject)
    for _page in range(pages - 1):
        canvas.showPage()
        canvas.setFont(names['regular'], 13)
        canvas.drawString(90, 640, "Điều tiếp theo")
    canvas.drawCentredString(400, 300, TITLE)
    canvas.drawCentredString(400, 200, NAME)
    canvas.showPage()
    canvas.save()
    return output.getvalue()
