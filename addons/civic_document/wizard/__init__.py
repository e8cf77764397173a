from . import civic_document_correction
