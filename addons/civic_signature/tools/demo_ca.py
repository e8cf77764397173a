"""A certification authority for demonstrations and tests; plain Python.

Its certificates say in every name that they are a specimen. Nothing of it is trusted unless an administrator, or the
loader of the demo city, makes its root a trust anchor.
"""
import datetime
import hashlib
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MARK = "Chứng thư mẫu – Demo, not for real use"
KEY_SIZE = 2048
UTC = datetime.timezone.utc
_DAY = datetime.timedelta(days=1)


@dataclass
class Holder:
    """A certificate with its private key and the certificates above it, the root last."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey
    chain: list = field(default_factory=list)

    @property
    def der(self):
        return to_der(self.certificate)

    @property
    def chain_der(self):
        return [to_der(certificate) for certificate in self.chain]

    def to_pkcs12(self, password, name="civic"):
        """Return the key and its certificates as the bytes of a PKCS#12 file."""
        return pkcs12.serialize_key_and_certificates(
            name.encode(), self.key, self.certificate, self.chain,
            serialization.BestAvailableEncryption(password.encode()))


def to_der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


class DemoAuthority:
    """Root, intermediate authority, time stamp authority and revocation lists, all made at once.

    :param datetime now: the moment at which the authority begins; a year before is within its validity
    :param str name: what the authority is called, the mark of the specimen is added
    """

    def __init__(self, now=None, *, name="CA"):
        self.now = (now or datetime.datetime.now(UTC)).replace(microsecond=0)
        self._revoked = {'root': [], 'intermediate': []}
        self._crl_number = 0
        root_name = make_name(f"Root {name}")
        self.root = self._issue(root_name, None, is_authority=True, path_length=1, years=20)
        self.intermediate = self._issue(
            make_name(f"Sub {name}"), self.root, is_authority=True, path_length=0, years=10)
        self.tsa = self._issue(
            make_name("TSA"), self.intermediate, years=10, extended=[ExtendedKeyUsageOID.TIME_STAMPING])

    def dump(self):
        """Return the authority with its keys as a JSON-able dict, to be kept in the vault."""
        return {
            'now': self.now.isoformat(), 'crl_number': self._crl_number,
            **{name: dump_holder(getattr(self, name)) for name in ('root', 'intermediate', 'tsa')},
        }

    @classmethod
    def load(cls, values):
        """Return the authority that :meth:`dump` gave; what it had revoked is forgotten."""
        authority = cls.__new__(cls)
        authority.now = datetime.datetime.fromisoformat(values['now'])
        authority._revoked = {'root': [], 'intermediate': []}
        authority._crl_number = values['crl_number']
        for name in ('root', 'intermediate', 'tsa'):
            setattr(authority, name, load_holder(values[name]))
        return authority

    def issue(self, common_name, organisation, *, email=None, title=None, starts=None, ends=None, is_weak=False):
        """Issue the certificate of a person or of an agency.

        :param str common_name: the person's or the agency's name
        :param str organisation: the agency
        :param datetime starts: beginning of validity, a year before the authority's moment by default
        :param datetime ends: end of validity, two years after it by default
        """
        return self._issue(
            make_name(common_name, organisation, title), self.intermediate, email=email, starts=starts, ends=ends,
            is_weak=is_weak)

    def revoke(self, holder, when=None):
        """Put the certificate on the next revocation list."""
        self._revoked['intermediate'].append((holder.certificate.serial_number, when or self.now))

    def make_crls(self, when=None, days=30):
        """Return the revocation lists of the root and of the intermediate authority, in DER.

        :param datetime when: the moment of their issue
        :param int days: until the next ones
        """
        return [self._make_crl(level, when or self.now, days) for level in ('root', 'intermediate')]

    # === MAKING === #

    def _issue(self, name, issuer, *, is_authority=False, path_length=None, years=2, extended=None, email=None,
               starts=None, ends=None, is_weak=False):
        key = rsa.generate_private_key(public_exponent=65537, key_size=1024 if is_weak else KEY_SIZE)
        starts = starts or self.now - 365 * _DAY
        ends = ends or self.now + 365 * years * _DAY
        signing_key = issuer.key if issuer else key
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer.certificate.subject if issuer else name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(starts)
            .not_valid_after(ends)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=path_length), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False)
            .add_extension(_key_usage(is_authority), critical=True)
        )
        if extended:
            builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=True)
        if email:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.RFC822Name(email)]), critical=False)
        certificate = builder.sign(signing_key, hashes.SHA256())
        return Holder(certificate, key, [issuer.certificate, *issuer.chain] if issuer else [])

    def _make_crl(self, level, when, days):
        issuer = getattr(self, level)
        self._crl_number += 1
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(when)
            .next_update(when + days * _DAY)
            .add_extension(x509.CRLNumber(self._crl_number), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
        )
        for serial, revoked_at in self._revoked[level]:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(revoked_at).build())
        return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def get_fingerprint(holder):
    """Return the SHA-256 fingerprint as :mod:`keys` writes it."""
    return hashlib.sha256(holder.der).hexdigest()


def make_name(common_name, organisation=None, title=None):
    """Return the subject name; the mark of the specimen stands in it whatever else does."""
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, 'VN')]
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]))
    parts.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, MARK))
    if title:
        parts.append(x509.NameAttribute(NameOID.TITLE, title[:64]))
    parts.append(x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64 - 6] + " (mẫu)"))
    return x509.Name(parts)


def _key_usage(is_authority):
    return x509.KeyUsage(
        digital_signature=not is_authority, content_commitment=not is_authority, key_cert_sign=is_authority,
        crl_sign=is_authority, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False)


def dump_holder(holder):
    """Return key and certificates as a JSON-able dict, to be kept in the vault."""
    return {
        'key': holder.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode(),
        'certificate': holder.der.hex(),
        'chain': [der.hex() for der in holder.chain_der],
    }


def load_holder(values):
    """Return the :class:`Holder` that :func:`dump_holder` gave."""
    return Holder(
        x509.load_der_x509_certificate(bytes.fromhex(values['certificate'])),
        serialization.load_pem_private_key(values['key'].encode(), None),
        [x509.load_der_x509_certificate(bytes.fromhex(der)) for der in values['chain']])
