from . import civic_national_desk
