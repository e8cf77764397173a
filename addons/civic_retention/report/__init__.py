from . import civic_form_disposition
from . import civic_form_what_if
