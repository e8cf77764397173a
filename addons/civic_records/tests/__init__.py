from . import test_annex_vi
from . import test_demo_city
from . import test_desk
from . import test_papers
from . import test_reading_accuracy
from . import test_shared_data
from . import test_writer
