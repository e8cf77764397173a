from . import civic_assignment
from . import civic_document
from . import hr_department
from . import mail_followers
from . import res_company
