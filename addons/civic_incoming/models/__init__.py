from . import civic_assignment
from . import civic_document
from . import hr_department
from . import res_company
