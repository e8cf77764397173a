from . import test_document
from . import test_document_flow
from . import test_document_type
from . import test_secrecy
