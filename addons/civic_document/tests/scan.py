"""Scans for tests: pictures of a typed page, alone or in a PDF, made with Pillow; and how their jobs are run."""
import io
import os
import struct
import zlib
from contextlib import nullcontext
from functools import cache
from unittest.mock import patch

from PIL import Image, ImageDraw, ImageFont

from odoo.addons.queue_job.job import Job

# Debian 12 keeps version 2 beside version 1, later Debians have version 2 alone.
FONT = next(path for path in (
    f'/usr/share/fonts/truetype/{folder}/LiberationSerif-Regular.ttf' for folder in ('liberation2', 'liberation')
) if os.path.exists(path))
DPI = 150
SIZE = (1240, 1754)             # A4

# A letter of a department, with the components where Annex I of Decree 30/2020 puts them: (x, y, size, text)
LETTER = (
    (330, 130, 27, "ỦY BAN NHÂN DÂN"), (330, 165, 27, "THÀNH PHỐ HOA PHƯỢNG"), (330, 200, 27, "SỞ VĂN HÓA"),
    (840, 130, 27, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), (840, 168, 28, "Độc lập - Tự do - Hạnh phúc"),
    (330, 262, 28, "Số: 123/SVH-VP"), (840, 262, 28, "Hoa Phượng, ngày 05 tháng 3 năm 2025"),
    (330, 300, 26, "V/v kiểm tra công tác văn thư,"), (330, 333, 26, "lưu trữ năm 2025"),
    (640, 430, 30, "Kính gửi: Ủy ban nhân dân các phường, xã"),
    (660, 500, 30, "Căn cứ kế hoạch công tác năm, Sở Văn hóa đề nghị các đơn vị báo cáo"),
    (660, 545, 30, "kết quả thực hiện công tác văn thư, lưu trữ trước ngày 25 tháng này"),
    (660, 590, 30, "để tổng hợp, báo cáo Ủy ban nhân dân thành phố theo quy định chung."),
    (270, 700, 26, "Nơi nhận:"), (270, 735, 24, "- Như trên;"), (270, 768, 24, "- Lưu: VT, VP."),
    (880, 700, 30, "KT. GIÁM ĐỐC"), (880, 738, 30, "PHÓ GIÁM ĐỐC"), (880, 960, 30, "Trần Thị Minh Hạnh"),
)


@cache
def _font(size):
    return ImageFont.truetype(FONT, size)


def make_picture(items=LETTER, turn=0):
    """Return a page as a picture; ``turn`` is how the paper lay wrong on the scanner, in degrees clockwise."""
    page = Image.new('L', SIZE, 250)
    draw = ImageDraw.Draw(page)
    for x, y, size, text in items:
        draw.text((x, y), text, fill=15, font=_font(size), anchor='ma')
    return page.rotate(-turn, expand=True) if turn else page


def make_scan(*pictures):
    """Return a PDF of pictures, without any text layer."""
    stream = io.BytesIO()
    pictures[0].save(stream, 'PDF', save_all=True, append_images=pictures[1:], resolution=DPI, quality=70)
    return stream.getvalue()


def make_image_file(picture, kind='PNG'):
    stream = io.BytesIO()
    picture.save(stream, kind, dpi=(DPI, DPI))
    return stream.getvalue()


def make_blank():
    return Image.new('L', SIZE, 250)


def make_bomb(side=40_000):
    """Return a small PNG that unpacks to a huge picture."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = bytes(side // 8 + 1)
    data = b''.join(packer.compress(row) for _line in range(side)) + packer.flush()
    head = struct.pack('>IIBBBBB', side, side, 1, 0, 0, 0, 0)
    return b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', head) + chunk(b'IDAT', data) + chunk(b'IEND', b'')


def run_jobs(trap):
    """Run the jobs that were trapped, and those that they put in line, in the transaction of the test."""
    with patch.object(Job, 'in_temporary_env', lambda job: nullcontext()):
        while trap.enqueued_jobs:
            trap.perform_enqueued_jobs()
