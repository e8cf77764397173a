from odoo.exceptions import UserError


class ContentRefused(UserError):
    """A file was not accepted. Its bytes are in quarantine, kept in a transaction of their own.

    :param str message: the reason, in the language of the user
    :param code: the problem as :mod:`tools.content` names it
    :param quarantine_id: id of the `civic.quarantine` line
    """

    def __init__(self, message, code=None, quarantine_id=None):
        super().__init__(message)
        self.code = code
        self.quarantine_id = quarantine_id


class SecretRefused(UserError):
    """Something carries a mark of state secrecy: nothing of it was kept, only the fact was journalled."""
