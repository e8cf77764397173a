from . import civic_form_wizard
