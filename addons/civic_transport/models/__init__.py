from . import (
    civic_transport_key,
    civic_channel,
    civic_channel_folder,
    civic_delivery,
    civic_delivery_inbox,
    civic_delivery_outbox,
    civic_delivery_attempt,
    civic_delivery_part,
    ir_attachment,
)
