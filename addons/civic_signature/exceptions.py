from odoo.exceptions import UserError


class SigningRefused(UserError):
    """Nothing was signed.

    :param str message: the reason, in the language of the user
    :param str code: 'wrong_pin', 'blocked', 'missing', 'unreachable', 'refused', 'unusable', 'expired',
        'no_key', 'no_picture', 'not_pdf', 'superseded', 'not_signed_by_person', 'timestamp', or a code of
        :class:`tools.pdf.PdfRefused`
    """

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code
