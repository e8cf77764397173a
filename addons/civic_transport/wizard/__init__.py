from . import civic_channel_token
