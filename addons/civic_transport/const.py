"""Words of the transport."""
from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

TRANSPORTS = [
    ('http', "Server to server (HTTPS)"),
]
DIRECTIONS = [('out', "Outgoing"), ('in', "Incoming")]
STATES = [
    # outbox
    ('queued', "Queued"),
    ('sending', "Being sent"),
    ('waiting', "Waiting for the next try"),
    ('sent', "Sent, receipt awaited"),
    ('paused', "Paused"),
    ('delivered', "Delivered"),
    ('failed', "Failed"),
    # inbox
    ('receiving', "Being received"),
    ('verifying', "Being verified"),
    ('received', "Received"),
    ('processed', "Processed"),
    ('stuck', "Received, not processed"),
    # both
    ('cancelled', "Cancelled"),
]
MOVES = {
    'queued': ('sending', 'paused', 'cancelled'),
    'sending': ('queued', 'waiting', 'sent', 'paused', 'delivered', 'failed', 'cancelled'),
    'waiting': ('sending', 'queued', 'paused', 'cancelled'),
    'sent': ('sending', 'delivered', 'failed', 'cancelled'),
    'paused': ('queued', 'cancelled'),
    'failed': ('queued', 'cancelled'),
    'delivered': (),
    'receiving': ('verifying', 'received', 'cancelled'),
    'verifying': ('receiving', 'received'),
    'received': ('processed', 'stuck'),
    'stuck': ('processed', 'stuck'),
    'processed': (),
    'cancelled': (),
}
# What the cron looks for, and what may still be paused or cancelled.
DUE_STATES = ('queued', 'sending', 'waiting', 'sent')
OPEN_STATES = (*DUE_STATES, 'paused', 'failed')
# The kind that a channel is tried with; it means nothing to anyone.
TEST_KIND = 'test'

PROBLEMS = {
    'already_received': _lt("The partner has received it already: it can only be answered, not taken back."),
    'bad_address': _lt("The address of the channel is not a web address (https://…)."),
    'bad_certificate': _lt("The certificate of the partner's server is not valid. Its operator must mend it."),
    'bad_declaration': _lt("The partner's server does not understand the delivery. Both servers need a version that fits."),
    'bad_folder': _lt("The folders of the channel do not lie below the root that the operator of the server has set."),
    'bad_receipt': _lt("The receipt does not fit what was sent, or its signature is not that of the partner."),
    'bad_token': _lt("The partner does not accept our token. Ask the partner for a new one."),
    'busy': _lt("The partner is still working on the last piece."),
    'collision': _lt("Another file has the same name in the store. Tell the operator of the server."),
    'disk_full': _lt("There is no room on the disk. Nothing is lost; it goes on when there is room again."),
    'hash_mismatch': _lt("What arrived is not what was sent. The part is sent again."),
    'incomplete': _lt("A part has not arrived whole. The rest is sent again."),
    'key_conflict': _lt("The partner has another delivery under the same key. Send it as a new one."),
    'key_missing': _lt("The key store of this server cannot be used. Tell its operator."),
    'key_unknown': _lt("The partner's key is not known yet. Test the channel and compare the fingerprint."),
    'no_civic_server': _lt("At this address no server answers in the way that was agreed."),
    'no_partner_yet': _lt("The partner has put nothing into the folder yet. Its administrator tests the channel there, then you again."),
    'not_found': _lt("The partner does not know this delivery."),
    'not_processed': _lt("It has arrived, but the part of the system that it is for could not work on it."),
    'payload_changed': _lt("A file changed or vanished after it was put into the outbox."),
    'payload_missing': _lt("A file of the delivery is not in the store any more."),
    'rate_limit': _lt("The partner asks to wait: too many requests."),
    'refused': _lt("The partner has cancelled or refused the delivery."),
    'server_error': _lt("The partner's server has a problem."),
    'store_unreachable': _lt("The store cannot be reached. It goes on when it can."),
    'timeout': _lt("The partner's server did not answer in time."),
    'too_large': _lt("The delivery is larger than the partner takes."),
    'too_many_open': _lt("The partner has too many unfinished deliveries of this channel."),
    'too_many_parts': _lt("The delivery has more files than the partner takes."),
    'unknown_kind': _lt("The partner does not take this kind of delivery."),
    'unreachable': _lt("The partner's server cannot be reached."),
    'wrong_offset': _lt("The partner has another number of bytes; sending goes on from there."),
    'wrong_recipient': _lt("The delivery is for another agency."),
}
