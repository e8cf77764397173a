from . import civic_register_entry
from . import civic_form_postal_book
from . import civic_form_envelope
from . import civic_form_mailing_note
from . import civic_form_address_label
from . import civic_form_outgoing_report
