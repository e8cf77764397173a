from . import civic_batch_result
from . import civic_copy_wizard
from . import civic_dispatch_wizard
from . import civic_number_wizard
from . import civic_sign_wizard
from . import civic_version_compare
from . import civic_version_upload
