from . import content
from . import page
