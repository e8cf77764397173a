from . import civic_form_disposition
