"""PDF files for tests, made without any font file: the letters come from a ToUnicode map."""
import io

import pikepdf

# First the codes that draw something in whatever font stands in: a page with words is not blank.
CODES = (*range(33, 127), *range(1, 33), *range(127, 256))


def make_pdf(*pages, password=None, codes=CODES):
    """Return a PDF with one page per text; lines are parted by newlines."""
    used = sorted(set(''.join(pages)) - {'\n'})
    assert len(used) <= len(codes), "too many different letters for one simple font"
    letters = dict(zip(used, codes))
    pdf = pikepdf.new()
    font = pdf.make_indirect(pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica,
        FirstChar=0, LastChar=255, Widths=pikepdf.Array([500] * 256), ToUnicode=pdf.make_stream(_to_unicode(letters)),
    ))
    for text in pages:
        page = pdf.add_blank_page(page_size=(595, 842))
        commands = ['BT /F1 12 Tf 14 TL 50 800 Td']
        for line in text.split('\n'):
            commands.append(f"<{''.join(f'{letters[char]:02x}' for char in line)}> Tj T*")
        commands.append('ET')
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.obj.Contents = pdf.make_stream('\n'.join(commands).encode())
    target = io.BytesIO()
    encryption = pikepdf.Encryption(owner=password, user=password) if password else False
    pdf.save(target, encryption=encryption, deterministic_id=not password)
    return target.getvalue()


def _to_unicode(letters):
    rows = [f"<{code:02x}> <{char.encode('utf-16-be').hex()}>" for char, code in letters.items()]
    blocks = [rows[start:start + 100] for start in range(0, len(rows), 100)]
    body = '\n'.join(f'{len(block)} beginbfchar\n' + '\n'.join(block) + '\nendbfchar' for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /T def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <ff> endcodespacerange\n{body}\nendcmap end end"
    ).encode()
