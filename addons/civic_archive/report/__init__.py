from . import civic_form_archive
