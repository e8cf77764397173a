from . import civic_content_upload
from . import civic_document_correction
