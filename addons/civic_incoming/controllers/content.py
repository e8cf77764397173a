from odoo.addons.civic_document.controllers.content import ContentController


class IncomingContentController(ContentController):

    def _journal(self, content, document, is_download, outcome='success'):
        """Who opens the file of a document has read it, whether or not the form was open before."""
        super()._journal(content, document, is_download, outcome=outcome)
        if outcome == 'success':
            document.action_mark_read()
