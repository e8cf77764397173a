from . import civic_document
