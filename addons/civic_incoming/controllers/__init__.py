from . import arrival
from . import content
from . import incoming_upload
