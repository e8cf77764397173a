from . import civic_form_transfer
