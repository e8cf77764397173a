"""What the signatures of a PDF prove; runs in the sandbox of ``pdf_child.py`` and imports nothing of Odoo.

The order of the questions follows the sense of the law: was what was signed changed, is the signature that of the key,
was the certificate valid, trusted and not revoked at the time that a time stamp proves. Nothing is fetched: what
certificates, lists and answers are known comes with the request or stands in the file.
"""
import asyncio
import datetime
import hashlib

from asn1crypto import x509

VERSION = '1'
UTC = datetime.timezone.utc
# What makes a signature invalid, what only casts a doubt on it, and what is worth knowing.
INVALID = (
    'broken', 'modified', 'partial', 'revoked', 'expired_at_signing', 'not_yet_valid')
WARNINGS = ('self_signed', 'untrusted', 'revocation_unknown', 'expired', 'weak', 'wrong_usage', 'bad_timestamp')
NOTES = ('no_timestamp', 'fields_filled', 'signed_again')
MAX_SIGNATURES = 50


def check_file(request):
    """Return what every signature of the file says.

    :param request: `source` (path), `anchors` [{der, valid_from, valid_to}], `certificates`, `crls`, `ocsps` (hex DER),
        `moment` (when the file came: for signatures without a time stamp), `now`
    """
    from pyhanko.pdf_utils.reader import PdfFileReader

    with open(request['source'], 'rb') as source:
        reader = PdfFileReader(source, strict=False)
        if reader.encrypted:
            return {'error': 'encrypted'}
        embedded = list(reader.embedded_signatures)
        if len(embedded) > MAX_SIGNATURES:
            return {'error': 'too_many'}
        return asyncio.run(_Checker(reader, embedded, request).check())


class _Checker:

    def __init__(self, reader, embedded, request):
        self.reader = reader
        self.embedded = embedded
        self.now = datetime.datetime.fromisoformat(request['now'])
        self.moment = datetime.datetime.fromisoformat(request['moment'])
        self.anchors = request['anchors']
        self.certificates = [x509.Certificate.load(bytes.fromhex(item)) for item in request['certificates']]
        self.crls = [bytes.fromhex(item) for item in request['crls']]
        self.ocsps = [bytes.fromhex(item) for item in request['ocsps']]
        self.has_dss = self._read_dss()
        self.stamps = []                # (revision, moment) of document time stamps that hold
        self.fields = self._find_fields()

    async def check(self):
        results = {}
        for embedded in self.embedded:
            if embedded.sig_object_type == '/DocTimeStamp':
                results[embedded.field_name] = await self._check_safely(self._check_stamp, embedded, 'timestamp')
        for embedded in self.embedded:
            if embedded.sig_object_type != '/DocTimeStamp':
                results[embedded.field_name] = await self._check_safely(self._check_signature, embedded, 'signature')
        ordered = [results[embedded.field_name] for embedded in self.embedded]
        return {'version': VERSION, 'signatures': ordered, 'revisions': self.reader.xrefs.total_revisions}

    async def _check_safely(self, function, embedded, kind):
        from pyhanko.sign.validation.errors import SignatureValidationError

        result = {
            'field': str(embedded.field_name or ''), 'kind': kind, 'problems': [], 'notes': [], 'detail': '',
            **self.fields.get(embedded.field_name, {'page': None, 'box': None})}
        try:
            result.update(self._describe(embedded))
            await function(embedded, result)
        except SignatureValidationError as error:
            result['problems'].append('broken')
            result['detail'] = f'{type(error).__name__}: {error}'[:300]
        except MemoryError:
            raise
        except Exception as error:          # one signature that cannot be read does not hide the others
            result['problems'].append('unreadable')
            result['detail'] = f'{type(error).__name__}: {error}'[:300]
        result['problems'] = list(dict.fromkeys(result['problems']))
        result['state'] = get_state(result['problems'])
        return result

    # === WHAT IS KNOWN === #

    def _read_dss(self):
        from pyhanko.sign.validation.dss import DocumentSecurityStore

        try:
            dss = DocumentSecurityStore.read_dss(self.reader)
            self.certificates += list(dss.load_certs())
            self.crls += [item.get_object().data for item in dss.crls]
            self.ocsps += [item.get_object().data for item in dss.ocsps]
        except Exception:                   # none, or one that is damaged: as if there was none
            return False
        return True

    def _find_fields(self):
        """Return {name of the field: its page and place}."""
        from pyhanko.pdf_utils import generic
        from pyhanko.sign.fields import enumerate_sig_fields

        pages = {}
        try:
            for index in range(min(int(self.reader.root['/Pages']['/Count']), 5000)):
                reference = self.reader.find_page_for_modification(index)[0]
                pages[(reference.idnum, reference.generation)] = index + 1
            found = {}
            for name, _value, reference in enumerate_sig_fields(self.reader, filled_status=True):
                field = reference.get_object()
                page = field.raw_get('/P') if '/P' in field else None
                number = pages.get((page.idnum, page.generation)) if isinstance(page, generic.IndirectObject) else None
                box = [float(value) for value in field.get('/Rect', (0, 0, 0, 0))]
                is_seen = box[2] > box[0] and box[3] > box[1]
                found[name] = {
                    'page': number,
                    'box': [box[0], box[1], box[2] - box[0], box[3] - box[1]] if is_seen else None}
            return found
        except Exception:                   # a tree of pages that is no tree: the place is not known
            return {}

    def _make_context(self, moment, *, rules=None, others=()):
        """
        :param rules: whether (last certificate, those above it) must be known not to be revoked; by default no list is
            asked: the library asks only for certificates that say where lists are, which is no reason to trust others
        """
        from pyhanko_certvalidator import ValidationContext
        from pyhanko_certvalidator.policy_decl import (
            CertRevTrustPolicy,
            DisallowWeakAlgorithmsPolicy,
            RevocationCheckingPolicy,
            RevocationCheckingRule,
        )

        last, above = (
            RevocationCheckingRule.CRL_OR_OCSP_REQUIRED if wanted else RevocationCheckingRule.NO_CHECK
            for wanted in rules or (False, False))
        anchors = [
            x509.Certificate.load(bytes.fromhex(anchor['der'])) for anchor in self.anchors
            if (not anchor['valid_from'] or datetime.datetime.fromisoformat(anchor['valid_from']) <= moment)
            and (not anchor['valid_to'] or moment <= datetime.datetime.fromisoformat(anchor['valid_to']))]
        return ValidationContext(
            trust_roots=anchors, other_certs=[*self.certificates, *others], moment=moment, crls=self.crls,
            ocsps=self.ocsps, allow_fetching=False,
            revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy(last, above), retroactive_revinfo=True),
            algorithm_usage_policy=DisallowWeakAlgorithmsPolicy(
                weak_hash_algos=frozenset(('md2', 'md5')), rsa_key_size_threshold=1024))

    # === ONE SIGNATURE === #

    def _describe(self, embedded):
        certificate = embedded.signer_cert
        subject, issuer = certificate.subject.native, certificate.issuer.native
        validity = certificate['tbs_certificate']['validity'].native
        reported = embedded.self_reported_timestamp
        signed = embedded.sig_object
        return {
            'holder': _first(subject, 'common_name', 'organization_name'),
            'organisation': _first(subject, 'organization_name'),
            'unit': _first(subject, 'organizational_unit_name'),
            'issuer': _first(issuer, 'common_name', 'organization_name'),
            'serial': format(certificate.serial_number, 'X'),
            'fingerprint': hashlib.sha256(certificate.dump()).hexdigest(),
            'valid_from': validity['not_before'].isoformat(),
            'valid_to': validity['not_after'].isoformat(),
            'claimed_at': _aware(reported).isoformat() if reported else None,
            'reason': str(signed.get('/Reason') or '')[:300],
            'subfilter': str(signed.get('/SubFilter') or ''),
            'algorithm': _name_algorithm(embedded, certificate),
        }

    async def _check_stamp(self, embedded, result):
        from pyhanko.sign.validation.pdf_embedded import async_validate_pdf_timestamp

        moment = self._moment_of_authority(embedded.signed_data)
        status = await async_validate_pdf_timestamp(embedded, self._make_context(moment))
        self._judge_integrity(status, embedded, result)
        result['timestamp_at'] = status.timestamp.isoformat()
        result['moment'] = moment.isoformat()
        if not status.trusted:
            result['problems'].append('untrusted')
        if not result['problems']:
            self.stamps.append((embedded.signed_revision, status.timestamp))

    def _moment_of_authority(self, signed_data):
        """When the time stamp authority is judged: now, or at the time of the stamp if its certificate has run out."""
        info = signed_data['encap_content_info']['content'].parsed
        stamped = info['gen_time'].native
        ends = [
            item.chosen['tbs_certificate']['validity'].native['not_after'] for item in signed_data['certificates'] or ()
            if item.name == 'certificate']
        return stamped if not ends or min(ends) < self.now else self.now

    async def _check_signature(self, embedded, result):
        from pyhanko.sign.validation.pdf_embedded import async_validate_pdf_signature
        from pyhanko.sign.validation.settings import KeyUsageConstraints

        stamped = await self._read_stamp(embedded, result)
        later = [moment for revision, moment in self.stamps if revision > embedded.signed_revision]
        proven = min([*([stamped] if stamped else []), *later], default=None)
        claimed = embedded.self_reported_timestamp
        moment = proven or min(self.moment, self.now)
        result['moment'] = moment.isoformat()
        result['level'] = self._get_level(stamped, later)
        if not proven:
            result['notes'].append('no_timestamp')
        judged = self._judge_dates(embedded.signer_cert, moment, proven, claimed, result)
        usage = KeyUsageConstraints(key_usage=set())
        status = await async_validate_pdf_signature(
            embedded, self._make_context(judged), self._make_context(self.now), key_usage_settings=usage)
        self._judge_integrity(status, embedded, result)
        if 'broken' not in result['problems']:
            await self._judge_trust(embedded, status, judged, result)
        self._judge_strength(embedded, result)

    async def _read_stamp(self, embedded, result):
        """Return the time of the signature's own time stamp, if that holds."""
        from pyhanko.sign.validation import generic_cms

        data = next(generic_cms.extract_tst_data_iter(embedded.signer_info, signed=False), None)
        if data is None:
            return None
        moment = self._moment_of_authority(data)
        found = await generic_cms.collect_timing_info(
            embedded.signer_info, self._make_context(moment), raw_digest=embedded.compute_digest)
        status = found.get('timestamp_validity')
        result['timestamp_at'] = status.timestamp.isoformat()
        result['timestamp_authority'] = _first(status.signing_cert.subject.native, 'common_name', 'organization_name')
        is_good = status.intact and status.valid and status.trusted
        if is_good:
            others = [item.chosen for item in data['certificates'] or () if item.name == 'certificate']
            known, _when = await self._find_revocation(status.signing_cert, others, moment)
            is_good = known != 'revoked'
        if not is_good:
            result['problems'].append('bad_timestamp')
            return None
        return status.timestamp

    def _get_level(self, stamped, later):
        if later and self.has_dss:
            return 'B-LTA'
        if (stamped or later) and self.has_dss:
            return 'B-LT'
        return 'B-T' if stamped or later else 'B-B'

    def _judge_dates(self, certificate, moment, proven, claimed, result):
        """Judge the validity of the certificate and return the moment at which its chain is judged."""
        validity = certificate['tbs_certificate']['validity'].native
        starts, ends = validity['not_before'], validity['not_after']
        if moment > ends:
            # without a time stamp, the file may have been signed long before it came here
            certain = proven or (claimed and _aware(claimed) > ends)
            result['problems'].append('expired_at_signing' if certain else 'expired')
            return ends - datetime.timedelta(seconds=1)
        if moment < starts:
            result['problems'].append('not_yet_valid')
            return starts + datetime.timedelta(seconds=1)
        return moment

    def _judge_integrity(self, status, embedded, result):
        from pyhanko.sign.diff_analysis import ModificationLevel
        from pyhanko.sign.validation.status import SignatureCoverageLevel

        result['coverage'] = status.coverage.name
        level = status.modification_level
        result['modification'] = level.name if level is not None else 'UNKNOWN'
        if not (status.intact and status.valid):
            result['problems'].append('broken')
            return
        if status.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
            result['problems'].append('partial')
        elif level is None or level == ModificationLevel.OTHER or status.docmdp_ok is False:
            result['problems'].append('modified')
        elif level == ModificationLevel.ANNOTATIONS and embedded.docmdp_level is None:
            result['problems'].append('modified')
        elif level in (ModificationLevel.FORM_FILLING, ModificationLevel.ANNOTATIONS):
            is_last = embedded is self.embedded[-1]
            result['notes'].append('fields_filled' if is_last else 'signed_again')
        if self._is_followed_by_something(embedded):
            result['problems'].append('modified')
        if 'modified' in result['problems'] and not result['detail']:
            result['detail'] = str(status.diff_result)[:300]

    def _is_followed_by_something(self, embedded):
        """Whether bytes that belong to no version of the file stand behind the last one."""
        if embedded.signed_revision < self.reader.xrefs.total_revisions - 1:
            return False
        ranges = [int(value) for value in embedded.byte_range]
        stream = self.reader.stream
        stream.seek(ranges[-2] + ranges[-1])
        return bool(stream.read().strip(b'\0\t\n\f\r '))

    async def _judge_trust(self, embedded, status, moment, result):
        certificate = embedded.signer_cert
        result['revocation'] = 'unknown'
        path = status.validation_path
        if path is None or not status.trusted:
            result['problems'].append('self_signed' if certificate.self_issued else 'untrusted')
            return
        result['path'] = [
            _first(item.subject.native, 'common_name', 'organization_name') for item in path.iter_certs(include_root=True)]
        result['revocation'], revoked_at = await self._find_revocation(
            certificate, embedded.other_embedded_certs, moment)
        if result['revocation'] == 'revoked':
            result['revoked_at'] = revoked_at
            result['problems'].append('revoked')
        elif result['revocation'] == 'unknown':
            result['problems'].append('revocation_unknown')

    async def _find_revocation(self, certificate, others, moment):
        """Return ('good', 'unknown' or 'revoked', when): 'good' needs a list or an answer for each certificate of the
        chain, 'revoked' one that names any of them."""
        from pyhanko_certvalidator import CertificateValidator
        from pyhanko_certvalidator.errors import PathError, RevokedError, ValidationError

        for rules in ((True, True), (True, False), (False, True)):
            validator = CertificateValidator(
                certificate, intermediate_certs=others, validation_context=self._make_context(moment, rules=rules))
            try:
                await validator.async_validate_usage(key_usage=set())
            except RevokedError as error:
                return 'revoked', error.revocation_dt.isoformat()
            except (PathError, ValidationError):
                continue
            if all(rules):
                return 'good', None
        return 'unknown', None

    def _judge_strength(self, embedded, result):
        certificate = embedded.signer_cert
        digest = embedded.signer_info['digest_algorithm']['algorithm'].native
        key = certificate.public_key
        if digest in ('sha1', 'md5', 'md2') or (key.algorithm == 'rsa' and key.bit_size < 2048):
            result['problems'].append('weak')
        usage = certificate.key_usage_value
        if usage is not None and not usage.native & {'digital_signature', 'non_repudiation'}:
            result['problems'].append('wrong_usage')


def get_state(problems):
    """Return the state that the problems make: 'invalid', 'failed', 'warning' or 'valid'."""
    if any(code in INVALID for code in problems):
        return 'invalid'
    if 'unreadable' in problems:
        return 'failed'
    return 'warning' if problems else 'valid'


def _first(names, *keys):
    for key in keys:
        value = names.get(key)
        if value:
            return str(value[0] if isinstance(value, list) else value)[:200]
    return ''


def _aware(moment):
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _name_algorithm(embedded, certificate):
    key = certificate.public_key
    size = f'-{key.bit_size}' if key.algorithm == 'rsa' else ''
    return f"{key.algorithm.upper()}{size}/{embedded.signer_info['digest_algorithm']['algorithm'].native.upper()}"
