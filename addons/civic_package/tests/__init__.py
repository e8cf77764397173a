from . import test_profiles
from . import test_validate
from . import test_writer
