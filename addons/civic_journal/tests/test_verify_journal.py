import copy
import json
import random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from odoo.addons.civic_journal.tools.verify_journal import (
    EXPORT_FORMAT,
    GENESIS,
    RULE,
    SealDigest,
    line_digest,
    read_anchors,
    verify,
)

FIRST_LINE_DIGEST = '9d86988fa0ecd21f4e40f203d8dca080110c0f862af9076c3bebb598419ed13d'
FIRST_SEAL_DIGEST = '045cf914109972c4140340853efad2aa4a032887da12d3a04543c784423d981e'
PROFILE = settings(
    max_examples=200, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow])


def make_entry(number, company_id=1, **values):
    return {
        'id': number, 'event_type': 'registration', 'event_at': '2025-07-01T01:02:03.000004Z',
        'outcome': 'success', 'company_id': company_id, 'user_id': 7, 'agent': 'vanthu',
        'res_model': 'civic.document', 'res_id': number * 3, 'object_ref': f"Số {number}/QĐ-UBND",
        'detail': '{"number":%d}' % number, 'source': 'web', 'remote_ip': '203.0.113.7', **values}


def make_export(sizes, unsealed=0, numbers=None):
    """An export as the system writes it, made without it."""
    numbers = iter(numbers or range(1, 10_000))
    values = [{
        'kind': 'header', 'format': EXPORT_FORMAT, 'version': 1, 'company': None, 'since': None,
        'exported_at': '2025-07-02T00:00:00.000000Z', 'database': 'city'}]
    previous = GENESIS
    for number, size in enumerate(sizes, 1):
        seal = {
            'kind': 'seal', 'number': number, 'rule': RULE, 'count': size, 'previous': previous,
            'sealed_at': f'2025-07-01T02:00:00.{number:06}Z'}
        digest = SealDigest(number, seal['sealed_at'], previous, size)
        lines, link = [], previous
        for position in range(1, size + 1):
            entry = make_entry(next(numbers))
            link = line_digest(link, entry)
            digest.add(entry['id'], 1, link)
            lines.append({
                'kind': 'line', 'position': position, 'entry_number': entry['id'],
                'company_id': 1, 'digest': link, 'entry': entry})
        seal['digest'] = previous = digest.hexdigest()
        values += [seal, *lines]
    values += [{'kind': 'unsealed', 'entry': make_entry(next(numbers))} for _index in range(unsealed)]
    values.append({
        'kind': 'end', 'seals': len(sizes), 'lines': sum(sizes), 'unsealed': unsealed})
    return values


def check(values, **options):
    return verify([json.dumps(value) for value in values], **options)


def lines_of(values):
    return [index for index, value in enumerate(values) if value['kind'] == 'line']


SIZES = st.lists(st.integers(1, 6), min_size=1, max_size=4)
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=8)


@tagged('post_install', '-at_install')
class TestVerifyJournal(BaseCase):

    def assertFound(self, values, *codes, entry=None, **options):
        report = check(values, **options)
        self.assertFalse(report.ok)
        found = {finding.code for finding in report.findings}
        self.assertTrue(found & set(codes), f"{codes} not among {report.findings}")
        if entry:
            self.assertIn(entry, {finding.entry_number for finding in report.findings})
        return report

    def test_an_untouched_export_is_accepted(self):
        report = check(make_export([3, 1, 5], unsealed=2))
        self.assertEqual(report.findings, [])
        self.assertEqual((report.seals, report.lines, report.unsealed), (3, 9, 2))
        self.assertTrue(check(make_export([])).ok)
        # a late line has a lower number than lines of the batch before
        self.assertTrue(check(make_export([3, 2], numbers=[1, 3, 5, 2, 4])).ok)

    def test_the_rule_is_the_one_written_down(self):
        """Fixed digests: who changes the rule must give it another version."""
        entry = make_entry(1)
        first = line_digest(GENESIS, entry)
        self.assertEqual(first, FIRST_LINE_DIGEST)
        seal = SealDigest(1, '2025-07-01T02:00:00.000001Z', GENESIS, 1)
        seal.add(1, 1, first)
        self.assertEqual(seal.hexdigest(), FIRST_SEAL_DIGEST)

    @given(st.data(), SIZES)
    @PROFILE
    def test_a_changed_field_of_a_line_names_the_line(self, data, sizes):
        values = make_export(sizes)
        value = values[data.draw(st.sampled_from(lines_of(values)))]
        number = value['entry_number']
        name = data.draw(st.sampled_from(sorted(value['entry'])))
        new = data.draw(SCALARS.filter(
            lambda new: json.dumps(new) != json.dumps(value['entry'][name])))
        value['entry'][name] = new
        self.assertFound(values, 'changed', entry=number)

    @given(st.data(), SIZES)
    @PROFILE
    def test_a_removed_line_is_found_at_its_place(self, data, sizes):
        values = make_export(sizes)
        index = data.draw(st.sampled_from(lines_of(values)))
        removed = values.pop(index)
        report = self.assertFound(values, 'missing')
        follows = values[index]
        if follows['kind'] == 'line':
            self.assertIn(
                (removed['position'], follows['entry_number']),
                {(finding.position, finding.entry_number) for finding in report.findings})

    @given(st.data(), SIZES)
    @PROFILE
    def test_a_removed_line_is_found_though_all_is_counted_again(self, data, sizes):
        values = make_export(sizes)
        index = data.draw(st.sampled_from(lines_of(values)))
        seal = next(value for value in reversed(values[:index]) if value['kind'] == 'seal')
        del values[index]
        seal['count'] -= 1
        values[-1]['lines'] -= 1
        if not seal['count']:
            values.remove(seal)
            values[-1]['seals'] -= 1
        else:
            position = 0
            for value in values[values.index(seal) + 1:]:
                if value['kind'] != 'line':
                    break
                position += 1
                value['position'] = position
        report = check(values)
        if seal['count'] or any(value['kind'] == 'seal' for value in values[index - 1:]):
            self.assertFalse(report.ok)
        else:
            # the last batch was taken away whole: only the anchor can tell
            anchors = read_anchors(json.dumps(value) for value in make_export(sizes))
            self.assertFound(values, 'missing', anchors=anchors)

    @given(st.data(), SIZES.filter(lambda sizes: max(sizes) > 1), st.booleans())
    @PROFILE
    def test_exchanged_lines_are_named(self, data, sizes, renumber):
        values = make_export(sizes)
        index = data.draw(st.sampled_from([
            index for index in lines_of(values) if values[index + 1]['kind'] == 'line']))
        first, second = values[index], values[index + 1]
        values[index:index + 2] = [second, first]
        if renumber:
            first['position'], second['position'] = second['position'], first['position']
        self.assertFound(values, 'moved', entry=first['entry_number'])

    @given(st.data(), SIZES, st.booleans())
    @PROFILE
    def test_an_inserted_line_is_found(self, data, sizes, forged):
        values = make_export(sizes)
        index = data.draw(st.sampled_from(lines_of(values)))
        inserted = copy.deepcopy(values[index])
        if forged:
            inserted['entry'] = make_entry(9999, agent='ai đó')
            inserted['entry_number'] = 9999
            inserted['digest'] = line_digest(values[index]['digest'], inserted['entry'])
        values.insert(index + 1, inserted)
        self.assertFound(values, 'inserted')

    @given(st.data(), SIZES)
    @PROFILE
    def test_any_other_change_of_the_sealed_part_is_found(self, data, sizes):
        values = make_export(sizes, unsealed=1)
        value = values[data.draw(st.integers(1, len(values) - 1))]
        target = value if value['kind'] != 'unsealed' else {}
        if value['kind'] == 'line' and data.draw(st.booleans()):
            target = value['entry']
        if not target:
            values.remove(value)        # unsealed lines are only counted
        else:
            name = data.draw(st.sampled_from(sorted(target)))
            if data.draw(st.booleans()):
                del target[name]
            else:
                target[name] = data.draw(SCALARS.filter(
                    lambda new: json.dumps(new) != json.dumps(target[name])))
        self.assertFalse(check(values).ok)

    @given(st.data(), SIZES)
    @PROFILE
    def test_garbage_never_crashes_and_never_passes(self, data, sizes):
        texts = [json.dumps(value).encode() for value in make_export(sizes)]
        index = data.draw(st.integers(0, len(texts) - 1))
        texts[index] = data.draw(
            st.binary(max_size=40)
            | SCALARS.map(lambda value: json.dumps(value).encode())
            | st.sampled_from([b'{"kind": NaN}', b'[' * 100_000, b'{"kind": []}', b'{}',
                               b'{"kind":"line","kind":"seal"}', b'9' * 5000]))
        self.assertFalse(verify(texts).ok)

    def test_a_line_changed_with_its_digest_is_found(self):
        values = make_export([5])
        line = values[4]
        line['entry']['agent'] = 'ai đó'
        line['digest'] = line_digest(values[3]['digest'], line['entry'])
        report = self.assertFound(values, 'broken', entry=4)
        self.assertIn("does not continue line 3", report.findings[0].text)

    def test_the_last_line_changed_with_its_digest_is_found(self):
        values = make_export([5, 1])
        line = values[6]
        line['entry']['agent'] = 'ai đó'
        line['digest'] = line_digest(values[5]['digest'], line['entry'])
        self.assertFound(values, 'resealed', entry=5)

    def test_a_batch_sealed_again_is_found_by_the_next_one(self):
        values, other = make_export([2, 2, 2]), make_export([2, 2, 2])
        other[4]['sealed_at'] = '2025-07-01T03:00:00.000000Z'
        digest = SealDigest(2, other[4]['sealed_at'], other[4]['previous'], 2)
        for line in other[5:7]:
            digest.add(line['entry_number'], 1, line['digest'])
        other[4]['digest'] = digest.hexdigest()
        values[4:7] = other[4:7]
        report = self.assertFound(values, 'resealed')
        self.assertEqual(report.findings[0].seal, 2)

    def test_a_journal_sealed_again_as_a_whole_is_found_by_the_anchor_alone(self):
        kept = make_export([2, 2, 2])
        forged = make_export([2, 2, 2], numbers=[1, 3, 4, 5, 6, 7])
        self.assertTrue(check(forged).ok)
        anchors = read_anchors(json.dumps(value) for value in kept)
        report = self.assertFound(forged, 'resealed', anchors=anchors)
        self.assertEqual([finding.seal for finding in report.findings], [1, 2, 3])

    def test_a_cut_end_is_found(self):
        values = make_export([2, 2])
        self.assertFound(values[:-1], 'missing')
        short = make_export([2])
        self.assertTrue(check(short).ok)
        anchors = read_anchors(json.dumps(value) for value in values)
        self.assertFound(short, 'missing', anchors=anchors)

    def test_missing_and_moved_batches_are_found(self):
        values = make_export([1, 1, 1])
        self.assertFound(values[:3] + values[5:], 'missing')
        self.assertFound(values[:1] + values[3:], 'missing')
        self.assertFound(values[:1] + values[3:5] + values[1:3] + values[5:], 'missing', 'moved')

    def test_what_a_number_looks_like_counts(self):
        """1.0 and true are not 1, though Python finds them equal."""
        for odd in (1.0, True, '1'):
            values = make_export([1])
            values[2]['entry']['id'] = odd
            self.assertFound(values, 'changed', entry=1)

    def test_only_the_first_findings_are_kept(self):
        values = make_export([6])
        for index in lines_of(values):
            values[index]['entry']['agent'] = 'ai đó'
        report = check(values, max_findings=2)
        self.assertEqual((len(report.findings), report.count), (2, 6))

    def test_a_long_export_is_read_line_by_line(self):
        """The verifier takes an iterator and keeps nothing of a line it has read."""
        sizes = [50] * 40
        alive = []

        class Text(str):
            def __init__(self, *args):
                alive.append(1)

            def __del__(self):
                alive.pop()

        most = 0

        def stream():
            nonlocal most
            for value in make_export(sizes):
                yield Text(json.dumps(value))
                most = max(most, len(alive))

        self.assertTrue(verify(stream()).ok)
        self.assertLess(most, 5)

    def test_random_damage_to_a_big_export_is_found(self):
        generator = random.Random(20201106)
        values = make_export([200, 300, 100])
        for _index in range(50):
            damaged = list(values)
            index = generator.choice(lines_of(damaged))
            line = damaged[index] = copy.deepcopy(damaged[index])
            name = generator.choice(['agent', 'object_ref', 'detail', 'event_at'])
            text = line['entry'][name]
            place = generator.randrange(len(text))
            line['entry'][name] = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1:]
            report = self.assertFound(damaged, 'changed', entry=line['entry_number'])
            self.assertEqual(report.count, 1)
