from odoo import http
from odoo.http import request

from ..tools.limited import ProgramFailed
from ..tools.ocr import draw_png
from .content import ContentController

RESOLUTIONS = (50, 75, 100, 150, 200)


class PageController(ContentController):
    """Pictures of single pages: rights and journal are those of the file."""

    @http.route('/civic/content/<int:content_id>/page/<int:number>.png', type='http', auth='user', methods=['GET'])
    def page(self, content_id, number, dpi=None, **_values):
        """Send one page as a picture, upright; the resolution is the nearest of a few."""
        content = self._get_content(content_id)
        if not content or not content._has_pages() or not 1 <= number <= content._get_last_page_number():
            return self._not_found()
        dpi = self._choose_resolution(dpi)
        # sudo: the bytes are closed to everyone but these doors, and the rights were checked
        content_sudo = content.sudo()
        turn = content_sudo._get_pages([number]).rotation or 0
        etag = f'{content.sha256}-{number}-{dpi}-{turn}'
        if content._is_new_page_reading():
            self._journal(content, content.document_id, False)
        headers = self._get_headers(etag)
        if request.httprequest.if_none_match.contains(etag):
            return request.make_response('', status=304, headers=headers)
        try:
            with (
                content_sudo._open_path() as path,
                draw_png(path, content.mimetype, number, dpi=dpi, turn=turn) as picture,
                open(picture, 'rb') as file,
            ):
                raw = file.read()
        except (ProgramFailed, OSError):
            return request.make_response(
                request.env._("This page cannot be shown as a picture. Download the file to look at it."), status=404,
                headers=[('Content-Type', 'text/plain; charset=utf-8'), ('Cache-Control', 'no-store')])
        return request.make_response(raw, headers=[*headers, ('Content-Type', 'image/png')])

    def _choose_resolution(self, dpi):
        """The browser keeps one picture for each resolution: let there be few."""
        try:
            wanted = int(dpi or 0)
        except ValueError:
            wanted = 0
        return min(RESOLUTIONS, key=lambda value: abs(value - (wanted or 100)))

    def _get_headers(self, etag):
        return [
            ('ETag', f'"{etag}"'),
            # the browser asks each time: who has lost the right gets nothing
            ('Cache-Control', 'private, no-cache'),
            ('Content-Security-Policy', "default-src 'none'; sandbox"),
            ('X-Content-Type-Options', 'nosniff'),
            ('Cross-Origin-Resource-Policy', 'same-origin'),
            ('Referrer-Policy', 'no-referrer'),
        ]
