import time
import zlib
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from ..tools import keys, pdf, signing, timestamp
from ..tools.demo_ca import DemoAuthority, make_name
from ..tools.demo_papers import tamper
from .papers import NAME, PIN
from .test_tools import SigningCase


@tagged('post_install', '-at_install')
class TestCheckTools(SigningCase):
    """What the check of signatures finds (rules of the checks: see `tools.checks`)."""

    def _sign_as(self, holder, **values):
        return signing.sign(self.paper, keys.Pkcs12Key(holder.to_pkcs12(PIN), PIN), **values).pdf

    def test_no_signature(self):
        self.assertEqual(self.codes(self.paper), ('none', []))

    def test_evidence_names_signer_issuer_and_time(self):
        found = self.check(self._sign_as(self.leader, stamper=self.stamper))
        item = found['signatures'][0]
        self.assertEqual((item['holder'], item['organisation']), (NAME + " (mẫu)", "UBND phường Hoa Phượng"))
        self.assertEqual(item['issuer'], "Sub CA (mẫu)")
        self.assertEqual(item['path'], ["Root CA (mẫu)", "Sub CA (mẫu)", NAME + " (mẫu)"])
        self.assertEqual((item['revocation'], item['level'], item['algorithm']), ('good', 'B-T', 'RSA-2048/SHA256'))
        self.assertTrue(item['timestamp_at'])

    def test_one_changed_byte_is_caught(self):
        signed = bytearray(self._sign_as(self.leader))
        place = signed.index(b'/MediaBox')
        signed[place + 13] = ord('9')
        state, problems = self.codes(bytes(signed))
        self.assertEqual((state, problems), ('invalid', ['broken']))
        self.assertEqual(self.ask_poppler(bytes(signed)), ["Digest Mismatch."])

    def test_content_added_after_signing_is_caught(self):
        self.assertEqual(self.codes(tamper(self._sign_as(self.leader))), ('invalid', ['modified']))

    def test_bytes_behind_the_signature_are_caught(self):
        signed = self._sign_as(self.leader)
        self.assertEqual(self.codes(signed + b'\n% something more\n'), ('invalid', ['modified']))
        self.assertEqual(self.codes(signed + b'\r\n'), ('valid', []), "mail programs add empty lines")

    def test_another_root_is_not_trusted(self):
        signed = self._sign_as(DemoAuthority(name="other").issue(NAME, "UBND"))
        self.assertEqual(self.codes(signed), ('warning', ['untrusted']))
        self.assertEqual(self.codes(self._sign_as(self.leader), anchors=[]), ('warning', ['untrusted']))

    def test_a_root_counts_on_the_days_of_its_trust_alone(self):
        signed = self._sign_as(self.leader)
        ended = self.authority.now - timedelta(days=1)
        self.assertEqual(
            self.codes(signed, anchors=[(self.authority.root.der, None, ended)]), ('warning', ['untrusted']))
        self.assertEqual(self.codes(signed, anchors=[(self.authority.root.der, ended, None)]), ('valid', []))

    def test_whoever_vouches_for_himself_is_not_trusted(self):
        alone = self.authority._issue(make_name(NAME), None)
        self.assertEqual(self.codes(self._sign_as(alone)), ('warning', ['self_signed']))

    def test_a_revoked_certificate(self):
        authority = DemoAuthority()
        revoked = authority.issue(NAME, "UBND")
        authority.revoke(revoked, authority.now - timedelta(days=3))
        anchors = [(authority.root.der, None, None)]
        signed = self._sign_as(revoked)
        self.assertEqual(self.codes(signed, anchors=anchors, crls=authority.make_crls()), ('invalid', ['revoked']))
        self.assertEqual(self.codes(signed, anchors=anchors, crls=[]), ('warning', ['revocation_unknown']))

    def test_a_certificate_revoked_after_the_proven_time_of_signing(self):
        authority = DemoAuthority()
        holder = authority.issue(NAME, "UBND")
        stamper = timestamp.make_demo_stamper(authority.tsa, authority.now - timedelta(days=10))
        signed = self._sign_as(holder, stamper=stamper)
        authority.revoke(holder, authority.now - timedelta(days=3))
        found = self.check(signed, anchors=[(authority.root.der, None, None)], crls=authority.make_crls())
        self.assertEqual((found['state'], found['signatures'][0]['revocation']), ('valid', 'good'), found)

    def test_an_outdated_revocation_list_proves_nothing(self):
        old = self.authority.make_crls(self.authority.now - timedelta(days=90), days=7)
        self.assertEqual(self.codes(self._sign_as(self.leader), crls=old), ('warning', ['revocation_unknown']))

    def test_an_expired_certificate(self):
        past = self.authority.now - timedelta(days=30)
        expired = self.authority.issue(NAME, "UBND", starts=past - timedelta(days=365), ends=past)
        signed = self._sign_as(expired)
        self.assertEqual(self.codes(signed), ('invalid', ['expired_at_signing']), "its own statement is later than its end")
        inside = timestamp.make_demo_stamper(self.authority.tsa, past - timedelta(days=5))
        self.assertEqual(self.codes(self._sign_as(expired, stamper=inside))[0], 'valid', "signed while it was valid")
        late = timestamp.make_demo_stamper(self.authority.tsa, past + timedelta(days=5))
        self.assertEqual(self.codes(self._sign_as(expired, stamper=late)), ('invalid', ['expired_at_signing']))

    def test_a_certificate_that_expires_later_keeps_the_signature_valid_if_the_time_is_proven(self):
        in_years = self.authority.now + timedelta(days=4 * 365)
        proven, claimed = self._sign_as(self.leader, stamper=self.stamper), self._sign_as(self.leader)
        self.assertEqual(self.codes(proven, now=in_years, moment=in_years), ('valid', []))
        self.assertEqual(self.codes(claimed, now=in_years, moment=self.authority.now + timedelta(days=1)), ('valid', []))
        self.assertEqual(self.codes(claimed, now=in_years, moment=in_years), ('warning', ['expired', 'revocation_unknown']))

    def test_a_certificate_that_is_not_valid_yet(self):
        future = self.authority.now + timedelta(days=30)
        early = self.authority.issue(NAME, "UBND", starts=future)
        state, problems = self.codes(self._sign_as(early))
        self.assertEqual((state, problems[0]), ('invalid', 'not_yet_valid'))

    def test_a_weak_key_is_told(self):
        weak = self.authority.issue(NAME, "UBND", is_weak=True)
        state, problems = self.codes(self._sign_as(weak))
        self.assertEqual((state, 'weak' in problems), ('warning', True), problems)

    def test_a_time_stamp_of_a_stranger_proves_nothing(self):
        other = DemoAuthority(name="other")
        signed = self._sign_as(self.leader, stamper=timestamp.make_demo_stamper(other.tsa))
        found = self.check(signed)
        self.assertEqual((found['state'], found['signatures'][0]['problems']), ('warning', ['bad_timestamp']))
        self.assertIn('no_timestamp', found['signatures'][0]['notes'])

    # === HOSTILE FILES === #

    def test_hostile_files_end_in_an_answer_and_hurt_nobody(self):
        signed = self._sign_as(self.leader)
        bomb = zlib.compress(bytes(400 * 1024 * 1024), 9)
        hostile = {
            'nothing': b'',
            'no PDF': b'%PDF-1.7\nnothing of the kind\n%%EOF',
            'cut': signed[:len(signed) // 2],
            'pages in a circle': _make_pdf(
                b'<< /Type /Pages /Count 9 /Kids [2 0 R] /Parent 2 0 R >>'),
            'table in a circle': signed.replace(b'/Prev ', b'/Prev 9', 1),
            'bomb': _make_pdf(
                b'<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
                b'<< /Length %d /Filter /FlateDecode /Type /ObjStm /N 5 /First 20 >>\nstream\n%s\nendstream' % (
                    len(bomb), bomb)),
            'deep': b'%PDF-1.7\n1 0 obj\n' + b'[' * 200000 + b']' * 200000 + b'\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF',
            'odd range': signed.replace(b'/ByteRange [0', b'/ByteRange [9', 1),
        }
        for name, raw in hostile.items():
            with self.subTest(name):
                start = time.monotonic()
                found = self.check(raw)
                self.assertIn(found['state'], ('failed', 'invalid', 'none'), found)
                self.assertLess(time.monotonic() - start, 45)
                if found['state'] == 'failed':
                    with self.assertRaises(pdf.PdfRefused):
                        signing.sign(raw, self.agency_key)
        self.assertEqual(self.codes(signed), ('valid', []), "the next file is checked as if nothing had been")

    def test_a_file_that_takes_too_long_is_given_up(self):
        with patch.object(pdf, 'TIMEOUT', 0):
            found = self.check(self._sign_as_long_before())
        self.assertEqual((found['state'], found['error']), ('failed', 'timeout'))
        self.assertEqual(self.codes(self._signed), ('valid', []))

    def _sign_as_long_before(self):
        with patch.object(pdf, 'TIMEOUT', 60):
            self._signed = self._sign_as(self.leader)
        return self._signed


def _make_pdf(pages, *others):
    """Return a PDF whose second object is this one, without a table of objects that fits."""
    parts = [b'%PDF-1.7\n']
    offsets = []
    for number, body in enumerate((b'<< /Type /Catalog /Pages 2 0 R >>', pages, *others), start=1):
        offsets.append(sum(map(len, parts)))
        parts.append(b'%d 0 obj\n%s\nendobj\n' % (number, body))
    start = sum(map(len, parts))
    parts.append(b'xref\n0 %d\n0000000000 65535 f \n' % (len(offsets) + 1))
    parts += [b'%010d 00000 n \n' % offset for offset in offsets]
    parts.append(b'trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n' % (len(offsets) + 1, start))
    return b''.join(parts)
