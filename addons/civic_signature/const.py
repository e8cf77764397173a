"""Words of signatures: code lists and the plain sentences that people read."""
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# What the signatures of a file, or of a document, come to.
SIGNATURE_STATES = [
    ('unknown', "Not checked yet"),
    ('none', "No digital signature"),
    ('valid', "Signature valid"),
    ('warning', "Signature valid, with reservations"),
    ('invalid', "Signature not valid"),
    ('failed', "Could not be checked"),
]
# The weightiest first: a document is as good as its worst file. An appendix that bears no signature of its own, or a
# valid one, says nothing about the document.
STATE_ORDER = ('invalid', 'failed', 'warning', 'unknown', 'none', 'valid')
APPENDIX_STATES = frozenset(('invalid', 'failed', 'warning', 'unknown'))

CERTIFICATE_KINDS = [
    ('person', "Person"),
    ('agency', "Agency"),
]
ROLES = [*CERTIFICATE_KINDS, ('timestamp', "Time stamp")]

KEY_SOURCES = [
    ('pkcs12', "File (PKCS#12), kept encrypted outside the database"),
    ('pkcs11', "Token or HSM (PKCS#11)"),
    ('remote', "Remote signing service (CSC)"),
]
LEVELS = [
    ('B-B', "Basic (B-B)"),
    ('B-T', "With time stamp (B-T)"),
    ('B-LT', "With proofs (B-LT)"),
    ('B-LTA', "For the archive (B-LTA)"),
]
# What a signature is put on; it decides what is seen (Decree 30/2020/NĐ-CP, Annex I, II.7.d, II.8 and Part II).
PURPOSES = ('main', 'attachment', 'copy')

PROBLEMS = {
    'modified': _lt("The document was changed after it was signed."),
    'broken': _lt("The signature does not fit the content: the file is damaged or forged."),
    'partial': _lt("The signature covers only a part of the file."),
    'revoked': _lt("The certificate had been revoked when the document was signed."),
    'expired_at_signing': _lt("The certificate had expired when the document was signed."),
    'not_yet_valid': _lt("The certificate was not valid yet when the document was signed."),
    'self_signed': _lt("The signer issued the certificate: nobody vouches for it."),
    'untrusted': _lt("The certificate does not come from a trusted authority."),
    'revocation_unknown': _lt("Whether the certificate had been revoked is not known: there is no current revocation list."),
    'expired': _lt("The certificate has expired, and no time stamp proves that the document was signed before."),
    'weak': _lt("The signature uses an algorithm or a key that is no longer strong enough."),
    'wrong_usage': _lt("The certificate is not meant for signing documents."),
    'bad_timestamp': _lt("The time stamp is not valid or not trusted."),
    'unreadable': _lt("The signature cannot be read."),
}
NOTES = {
    'no_timestamp': _lt("The time of signing is the signer's own statement: there is no time stamp."),
    'fields_filled': _lt("Fields reserved for it were filled in after signing, as the signer allowed."),
    'signed_again': _lt("The document was signed again afterwards, as the signer allowed."),
}
FAILURES = {
    'encrypted': _lt("The file is encrypted."),
    'timeout': _lt("The check took too long."),
    'memory': _lt("The check needed too much memory."),
    'too_many': _lt("The file has too many signatures."),
}
FAILURE_OTHER = _lt("The file could not be read within the limits of the check.")

REFUSALS = {
    'encrypted': _lt("“%s” is encrypted and cannot be signed."),
    'hybrid': _lt("“%s” is built so that programs may show it differently. Print it to a new PDF and sign that."),
    'timeout': _lt("“%s” takes too long to read and was not signed."),
    'no_page': _lt("“%s” does not have the page on which the signature is to stand."),
    'field_taken': _lt("“%s” is already signed in that place."),
    'no_field': _lt("“%s” has no such reserved field."),
    'text_too_long': _lt("The text does not fit into the field reserved for it in “%s”."),
}
REFUSAL_OTHER = _lt("“%s” could not be read and was not signed. Make the PDF anew.")

KEY_FAILURES = {
    'wrong_pin': _lt("The PIN is wrong."),
    'missing': _lt("The key was not found: is the token connected, and does it hold this certificate?"),
    'unreachable': _lt("The signing service does not answer. Try again later; nothing was signed."),
    'refused': _lt("The token or the signing service refused to sign."),
    'unusable': _lt("This is no usable key with its certificate."),
}


def say(env, term):
    """Return one of the sentences above in the language of the environment."""
    translate = env._               # it was marked for translation where it stands
    return translate(term)
