from . import civic_form_register_book
from . import civic_register_report
