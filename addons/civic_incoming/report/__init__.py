from . import civic_assignment
from . import civic_form_follow_up_book
from . import civic_form_handling_report
from . import civic_form_handover_book
from . import civic_form_incoming_slip
from . import civic_form_label
from . import civic_register_entry
