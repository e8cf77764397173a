from . import civic_content_upload
from . import civic_document_correction
from . import civic_reason_wizard
from . import civic_register_book_wizard
from . import mail_compose_message
