"""Words of the journal. Event types follow the PREMIS vocabulary where it has a word."""

EVENT_TYPES = [
    # how a document comes to be here
    ('creation', "Creation"),
    ('capture', "Capture"),
    ('ingestion', "Ingestion"),
    ('accession', "Accession"),
    ('registration', "Registration"),
    ('quarantine', "Quarantine"),
    ('unquarantine', "Release from quarantine"),
    ('refusal', "Refusal"),
    # what happens to it
    ('modification', "Modification"),
    ('metadata_modification', "Metadata modification"),
    ('instruction', "Instruction"),
    ('assignment', "Assignment"),
    ('start', "Start of work"),
    ('completion', "Completion"),
    ('return', "Return"),
    ('withdrawal', "Withdrawal"),
    ('approval', "Approval"),
    ('signature', "Digital signature generation"),
    ('signature_validation', "Digital signature validation"),
    ('issue', "Issue"),
    ('cancellation', "Cancellation"),
    ('closing', "Closing"),
    ('policy_assignment', "Policy assignment"),
    # what is read and handed over
    ('access', "Access"),
    ('download', "Download"),
    ('dissemination', "Dissemination"),
    ('export', "Export"),
    ('transfer', "Transfer"),
    ('receipt', "Receipt"),
    # what is done to keep it
    ('message_digest_calculation', "Message digest calculation"),
    ('format_identification', "Format identification"),
    ('metadata_extraction', "Metadata extraction"),
    ('validation', "Validation"),
    ('virus_check', "Virus check"),
    ('fixity_check', "Fixity check"),
    ('migration', "Migration"),
    ('normalization', "Normalization"),
    ('replication', "Replication"),
    ('packaging', "Information package creation"),
    # how it ends
    ('appraisal', "Appraisal"),
    ('hold', "Hold"),
    ('hold_release', "Release of a hold"),
    ('deletion', "Deletion"),
    # people and settings
    ('login', "Login"),
    ('configuration', "Configuration"),
]

OUTCOMES = [('success', "Success"), ('failure', "Failure")]

SOURCES = [
    ('web', "Web client"),
    ('rpc', "Programming interface"),
    ('job', "Background job"),
    ('cron', "Scheduled action"),
    ('system', "System"),
]

AUDIT_GROUPS = (
    'civic_base.group_records_admin',
    'civic_base.group_manager',
    'civic_base.group_archivist',
)

# Lines per batch: small enough to name the place of damage and to commit in a moment.
SEAL_BATCH_SIZE = 2000
# Key of the advisory lock that lets one sealing job work at a time.
SEAL_LOCK = 7305812
