"""Carry the demo city into the database, act by act, each as the person who would do it."""
import base64
import json
import logging
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta

import pytz

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.civic_signature.demo import DemoSignatures
from odoo.addons.civic_signature.tools.demo_papers import tamper

from ..tools import papers
from . import city, subjects, writer
from .archive import ArchivesCentre
from .avatars import portrait
from .clock import at
from .kpi import KpiFigures
from .national import NationalDesk
from .outgoing import OutgoingPapers
from .retention import RetentionFiles
from .transfer import Transfers
from .workfiles import WorkFiles

_logger = logging.getLogger(__name__)

LANG = 'vi_VN'
TIMEZONE = pytz.timezone('Asia/Ho_Chi_Minh')
STATE_KEY = 'civic_records.demo_city'
# A module name of its own: an upgrade of the suite clears away data of modules that no file mentions
XMLID_MODULE = 'civic_demo'
ACTS_PER_COMMIT = 60
OPENING_HOUR = 9
# On a machine without a mail server or the Internet these would only fill the log
IDLE_CRONS = ('mail.ir_cron_mail_scheduler_action', 'mail.ir_cron_module_update_notification')
# One in so many letters that came by the exchange bears signatures
SIGNED_EVERY = 4
CHANNELS = ('exchange',) * 12 + ('email', 'email', 'post', 'post', 'hand')


def load(env, scale=1.0, *, today=None, commit=True):
    """Load the demo city; a second call adds nothing, an interrupted one goes on where it stopped.

    :param float scale: share of the documents of the full city
    :param date today: the day on which the city lives (today)
    :param bool commit: commit in between; tests roll back instead
    :return: how many acts were done
    """
    return _Loader(env, commit).load(scale, today)


@dataclass(order=True)
class _Act:
    """One step in the life of a letter; acts are done in the order of their moments."""
    moment: datetime
    ordinal: int
    step: int
    name: str = field(compare=False)
    login: str = field(compare=False)
    letter: writer.Letter = field(compare=False)
    values: dict = field(compare=False, default_factory=dict)


class _Loader:

    def __init__(self, env, commit):
        context = {
            **env.context, 'lang': LANG, 'tz': TIMEZONE.zone, 'no_reset_password': True, 'mail_create_nosubscribe': True,
            'mail_notrack': True,
        }
        self.env = env(user=SUPERUSER_ID, context=context)
        self._commit_wanted = commit
        self._users = {}
        self._types = {}
        self._signatures = None
        self._tampered = ''

    def load(self, scale, today):
        settings = self._get_settings(scale, today)
        if not settings.get('complete'):
            self._load_directory()
        else:
            return 0
        anchor = fields.Date.to_date(settings['today'])
        letters = writer.write_city(
            anchor, settings['scale'], is_working_day=self._ref('agency_ubnd')._is_working_day)
        self._signatures = DemoSignatures(self.env)
        self._tampered = next((
            letter.key for letter in letters if letter.direction == 'incoming' and letter.state == 'draft'), '')
        acts = self._plan_acts(letters)
        done = settings.get('acts', 0)
        _logger.info("Demo city: %d letters, %d acts, %d done before", len(letters), len(acts), done)
        for index in range(done, len(acts)):
            self._perform(acts[index])
            if (index + 1) % ACTS_PER_COMMIT == 0:
                self._save({**settings, 'acts': index + 1})
        # what the night's job does: the working days that have passed
        self.env['civic.holding']._refresh_open()
        self.env['civic.assignment']._refresh_days()
        self.env['civic.document']._refresh_days()
        last = max((act.moment for act in acts), default=_local_moment(anchor, time(10)))
        OutgoingPapers(self).load(last)
        WorkFiles(self).load(last + timedelta(minutes=30))
        ArchivesCentre(self).load()
        RetentionFiles(self).load(last)
        Transfers(self).load(last)
        NationalDesk(ArchivesCentre(self)).load()
        KpiFigures(self).load()
        self._save({**settings, 'acts': len(acts), 'complete': True})
        return len(acts) - done

    # === Where we are === #

    def _get_settings(self, scale, today):
        """The day and the size of the city are fixed by the first call: numbers must follow their dates."""
        stored = self.env['ir.config_parameter'].get_param(STATE_KEY)
        if stored:
            return json.loads(stored)
        if not today:
            now = datetime.now(TIMEZONE)
            # Before the offices open, the city's last day is the day before
            today = now.date() - timedelta(days=1 if now.hour < OPENING_HOUR else 0)
        return {'today': fields.Date.to_string(today), 'scale': scale, 'acts': 0}

    def _save(self, settings):
        self.env['ir.config_parameter'].set_param(STATE_KEY, json.dumps(settings))
        self._commit()

    def _commit(self):
        if self._commit_wanted:
            # pylint: disable=invalid-commit
            self.env.cr.commit()  # a script: what is done is done, and a second run goes on after it
        else:
            self.env.flush_all()

    def _ref(self, key):
        return self.env.ref(f'{XMLID_MODULE}.{key}', raise_if_not_found=False)

    def _create_missing(self, model, values_by_key):
        """Create the records whose key is not known yet, in one call."""
        values_by_key = {key: values for key, values in values_by_key.items() if not self._ref(key)}
        records = self.env[model].create(list(values_by_key.values()))
        self._name(dict(zip(values_by_key, records, strict=True)))
        return records

    def _name(self, records):
        self.env['ir.model.data']._update_xmlids([
            {'xml_id': f'{XMLID_MODULE}.{key}', 'record': record, 'noupdate': True} for key, record in records.items()
        ])

    # === Agencies and people === #

    def _check_logins(self):
        """Real people never get the password of the demo, nor its documents."""
        logins = {person.login for person in city.PEOPLE if not self._ref(f'user_{person.login}')}
        taken = self.env['res.users'].with_context(active_test=False).search([('login', 'in', sorted(logins))])
        if taken:
            raise UserError(self.env._(
                "The demo city needs the log-ins %s, which other people have here. Load it into a database of its own.",
                ', '.join(sorted(taken.mapped('login')))))

    def _load_directory(self):
        self._check_logins()
        self._load_agencies()
        self._load_partners()
        self._load_codes()
        self._load_units()
        self._load_people()
        self._load_certificates()
        OutgoingPapers(self).set_up()
        for name in IDLE_CRONS:
            cron = self.env.ref(name, raise_if_not_found=False)
            if cron and cron.active:
                cron.active = False
        self._commit()

    def _prepare_agency_values(self, agency):
        return {
            'name': agency.name,
            'abbreviation': agency.abbreviation,
            'agency_valid_from': agency.valid_from,
            'agency_valid_to': agency.valid_to,
        }

    def _load_agencies(self):
        vietnam = self.env.ref('base.vn')
        values = {
            f'agency_{agency.key}': {
                **self._prepare_agency_values(agency), 'agency_level': 'archives' if agency.key == 'ttltls' else agency.level,
                'country_id': vietnam.id, 'city': agency.place,
            }
            for agency in city.AGENCIES
        }
        # The database begins with one company: it becomes the People's Committee
        if not self._ref('agency_ubnd'):
            main = self.env.ref('base.main_company')
            main.write({**values.pop('agency_ubnd'), 'country_id': vietnam.id})
            self._name({'agency_ubnd': main})
        companies = self._create_missing('res.company', values)
        companies.partner_id.write({'lang': LANG, 'tz': TIMEZONE.zone})
        # The administrator works in all of them
        admin = self.env.ref('base.user_admin')
        wanted = self._companies() - admin.company_ids
        if wanted:
            admin.write({'company_ids': [Command.link(company.id) for company in wanted]})
        self._name({f'partner_{agency.key}': self._ref(f'agency_{agency.key}').partner_id for agency in city.AGENCIES})

    def _companies(self):
        return self.env['res.company'].union(*(self._ref(f'agency_{agency.key}') for agency in city.AGENCIES))

    def _load_partners(self):
        self._create_missing('res.partner', {
            f'partner_{agency.key}': {
                **self._prepare_agency_values(agency), 'is_agency': True, 'is_company': True, 'lang': LANG,
                'tz': TIMEZONE.zone, 'city': agency.place, 'country_id': self.env.ref('base.vn').id,
            }
            for agency in city.PARTNERS
        })
        for agency in city.PARTNERS:
            partner = self._ref(f'partner_{agency.key}')
            if agency.successor and not partner.successor_id:
                partner.successor_id = self._ref(f'partner_{agency.successor}')

    def _load_codes(self):
        values = {}
        for agency in city.ISSUERS.values():
            for code, generation, basis in agency.codes:
                values[f'code_{agency.key}_{generation}'] = {
                    'partner_id': self._ref(f'partner_{agency.key}').id,
                    'code': code,
                    'generation': generation,
                    'legal_basis': basis,
                    'valid_from': max(filter(None, (
                        agency.valid_from, city.NEW_SINCE if generation == city.NEW else None)), default=False),
                    'valid_to': agency.valid_to,
                }
        self._create_missing('civic.organ.code', values)

    def _load_units(self):
        for agency_key, units in city.UNITS.items():
            company = self._ref(f'agency_{agency_key}')
            waiting, known = list(units), {''}
            while waiting:  # one floor of the tree after the other
                floor = [unit for unit in waiting if unit.parent in known]
                self._create_missing('hr.department', {
                    f'unit_{agency_key}_{unit.key}': {
                        'name': unit.name,
                        'company_id': company.id,
                        'parent_id': unit.parent and self._ref(f'unit_{agency_key}_{unit.parent}').id,
                    }
                    for unit in floor
                })
                known.update(unit.key for unit in floor)
                waiting = [unit for unit in waiting if unit not in floor]

    def _load_people(self):
        users = self._create_missing('res.users', {
            f'user_{person.login}': self._prepare_user_values(person) for person in city.PEOPLE
        })
        self._set_passwords(users)
        # Who has logged in once keeps the time zone of the city: the first log-in takes that of the browser
        for user in users | self.env.ref('base.user_admin'):
            if not user.login_date:
                self.env['res.users.log'].with_user(user).sudo().create({})
        self._create_missing('hr.employee', {
            f'employee_{person.login}': {
                'name': person.name,
                'user_id': self._ref(f'user_{person.login}').id,
                'company_id': self._ref(f'agency_{person.agency}').id,
                'department_id': self._ref(f'unit_{person.agency}_{person.unit}').id,
                'job_title': person.job,
                'work_email': self._email(person),
                'tz': TIMEZONE.zone,
            }
            for person in city.PEOPLE
        })
        for person in city.PEOPLE:
            unit = self._ref(f'unit_{person.agency}_{person.unit}')
            employee = self._ref(f'employee_{person.login}')
            if person.heads and unit.manager_id != employee:
                unit.manager_id = employee
            company = self._ref(f'agency_{person.agency}')
            if person.role == 'leader' and not company.incoming_leader_id:
                company.incoming_leader_id = self._ref(f'user_{person.login}')

    def _load_certificates(self):
        """Agencies and their leaders sign with certificates that say that they are a specimen."""
        users = self.env['res.users'].union(*(
            self._ref(f'user_{person.login}') for person in city.PEOPLE if person.role == 'leader'))
        DemoSignatures(self.env).set_up(self._companies(), users)

    def _email(self, person):
        # A domain that can never receive mail
        return f'{person.login}@demo.example'

    def _prepare_user_values(self, person):
        company = self._ref(f'agency_{person.agency}')
        roles = {person.role} | ({'unit_head'} if person.heads and person.role in ('clerk', 'archivist') else set())
        return {
            'name': person.name,
            'login': person.login,
            'email': self._email(person),
            'lang': LANG,
            'tz': TIMEZONE.zone,
            'company_id': company.id,
            'company_ids': [Command.set(company.ids)],
            'group_ids': [Command.set([self.env.ref(f'civic_base.group_{role}').id for role in sorted(roles)])],
            'notification_type': 'inbox',
            'image_1920': base64.b64encode(portrait(person.name, person.gender)),
        }

    def _set_passwords(self, users):
        """One hash for all: hashing is slow on purpose, and the password of the demo is no secret."""
        if not users:
            return
        hashed = users._crypt_context().hash(city.PASSWORD)
        for user in users | self.env.ref('base.user_admin'):
            user._set_encrypted_password(user.id, hashed)

    # === What happens === #

    def _plan_acts(self, letters):
        now = datetime.now(pytz.utc).replace(tzinfo=None, microsecond=0)
        acts = []
        for ordinal, letter in enumerate(letters):
            plan = self._plan_incoming if letter.direction == 'incoming' else self._plan_own
            dice = random.Random(letter.key)
            for step, (moment, name, login, values) in enumerate(plan(letter, dice, ordinal)):
                acts.append(_Act(min(moment, now), ordinal, step, name, login, letter, values))
        return sorted(acts)

    def _staff(self, agency, role=None, unit=None):
        return [
            person.login for person in city.PEOPLE
            if person.agency == agency and (not role or person.role == role) and (not unit or person.unit == unit)
        ]

    def _head(self, agency, unit):
        return next(person.login for person in city.PEOPLE if (person.agency, person.unit, person.heads) == (agency, unit, True))

    def _working_day(self, day, days):
        return self._ref('agency_ubnd')._add_working_days(day, days)

    def _plan_own(self, letter, dice, ordinal):
        """In the order of the letters, for their papers bear the numbers that the register will give."""
        clerk = dice.choice(self._staff(letter.agency, 'clerk'))
        written = _local_moment(letter.day, time(8)) + timedelta(seconds=100 * ordinal)
        yield written, 'capture', clerk, {}
        yield written + timedelta(seconds=40), 'register', clerk, {}

    def _plan_incoming(self, letter, dice, _ordinal):
        clerks = self._staff(letter.agency, 'clerk')
        # The log-in of the tour does most of the work
        clerk = clerks[0] if dice.random() < 0.75 else clerks[-1]
        received = _moment(letter.day, dice, 7, 15)
        yield received, 'capture', clerk, {'channel': dice.choice(CHANNELS)}
        registered = received + timedelta(minutes=dice.randrange(3, 45))
        if letter.state == 'draft':
            return
        if letter.state == 'returned':
            yield registered, 'return_to_sender', clerk, {}
            return
        yield registered, 'register', clerk, {}
        if letter.state == 'cancelled':
            yield _moment(self._working_day(letter.day, 1), dice, 8, 11), 'cancel', clerk, {}
            return
        if letter.state == 'registered':
            return
        yield from self._plan_handling(letter, dice, registered)

    def _plan_handling(self, letter, dice, registered):
        leader = self._staff(letter.agency, 'leader')[0]
        if letter.paper.urgency == 'normal' and dice.random() < 0.7:
            assigned = _moment(self._working_day(letter.day, 1), dice, 8, 10)
        else:
            assigned = registered + timedelta(minutes=dice.randrange(5, 60))
        yield assigned, 'assign', leader, {'unit': letter.unit, 'instruction': letter.instruction}
        unit, head = letter.unit, self._head(letter.agency, letter.unit)
        moment = assigned + timedelta(minutes=dice.randrange(20, 180))
        if letter.passed_to:
            yield moment, 'bounce', head, {}
            moment = _moment(self._working_day(_local(moment).date(), 1), dice, 8, 10)
            unit = letter.passed_to
            yield moment, 'assign', leader, {'unit': unit, 'instruction': letter.instruction, 'again': True}
            head = self._head(letter.agency, unit)
            moment += timedelta(minutes=dice.randrange(20, 120))
        if letter.state == 'assigned':
            if dice.random() < 0.4:
                yield moment, 'read', head, {}
            return
        handler = head
        specialists = self._staff(letter.agency, 'specialist', unit)
        if specialists and dice.random() < 0.75:
            handler = specialists[0] if dice.random() < 0.6 else dice.choice(specialists)
            yield moment, 'delegate', head, {'to': handler}
            moment = _moment(self._working_day(_local(moment).date(), 1), dice, 8, 11)
        yield moment, 'start', handler, {}
        if dice.random() < 0.2:
            yield moment + timedelta(minutes=dice.randrange(30, 200)), 'comment', handler, {'text': dice.choice(COMMENTS)}
        if letter.state != 'done':
            return
        # Most are done in time, some late
        latest = _moment(letter.deadline, dice, 9, 16)
        if dice.random() < 0.14:
            latest = _moment(self._working_day(letter.deadline, dice.randrange(1, 4)), dice, 9, 16)
        finished = max(moment + timedelta(hours=2), latest - timedelta(hours=dice.choice((0, 2, 26, 50))))
        for other in letter.coordinating:
            # before the lead unit: when it finishes, those who co-ordinate have nothing left to do
            contributed = min(moment + timedelta(minutes=dice.randrange(30, 300)), finished - timedelta(minutes=5))
            yield contributed, 'finish', self._head(letter.agency, other), {'result': dice.choice(CONTRIBUTIONS)}
        yield finished, 'finish', handler, {'result': letter.result}

    # === Doing it === #

    def _env_of(self, login, agency):
        """The environment in which the person works: own rights, own agency, Vietnamese."""
        if login not in self._users:
            self._users[login] = self._ref(f'user_{login}').id
        company = self._ref(f'agency_{agency}')
        return self.env(user=self._users[login], su=False, context={
            'lang': LANG, 'tz': TIMEZONE.zone, 'allowed_company_ids': company.ids, 'mail_notify_force_send': False,
        })

    def _perform(self, act):
        env = self._env_of(act.login, act.letter.agency)
        with at(self.env.cr, act.moment):
            document = self._document(env, act.letter) if act.name != 'capture' else None
            getattr(self, f'_do_{act.name}')(env, act, document)
            env.flush_all()

    def _document(self, env, letter):
        return env['civic.document'].browse(self._ref(f'document_{letter.key}').id)

    def _unit(self, env, letter, key):
        return env['hr.department'].browse(self._ref(f'unit_{letter.agency}_{key}').id)

    def _do_capture(self, env, act, _document):
        letter, paper = act.letter, act.letter.paper
        values = {
            'direction': letter.direction,
            'company_id': env.company.id,
            'type_id': self._type(paper.type_name).id,
            'subject': paper.subject,
            'issuer_id': self._ref(f'partner_{letter.issuer}').id,
            'signer_name': paper.signature.name,
            'signer_position': paper.signature.lines[-1].capitalize(),
            'urgency': paper.urgency,
            'access_level': letter.access,
            'code_notation': paper.symbol,
        }
        if letter.direction == 'incoming':
            values.update(
                code_number=f'{paper.number:02d}', issue_date=paper.date, arrival_date=letter.day,
                arrival_channel=act.values['channel'], paper_original=act.values['channel'] in ('post', 'hand'),
            )
        else:
            values['issue_date'] = letter.day
        is_signed = self._is_signed(act)
        raw = self._make_signed_paper(letter, act.moment) if is_signed else papers.paper(paper)
        documents = env['civic.document'].with_context(**env['civic.content']._mark_checked_by_caller())
        document = documents._capture(letter.filename, raw, **values).with_context(env.context)
        if is_signed:
            document._check_signatures()
        self._name({f'document_{letter.key}': document.sudo()})

    def _is_signed(self, act):
        letter = act.letter
        if letter.key == self._tampered:
            return True
        return letter.direction == 'incoming' and act.values['channel'] == 'exchange' and act.ordinal % SIGNED_EVERY == 0

    def _make_signed_paper(self, letter, moment):
        """Sign as the issuer did; one letter was changed on its way, which its check must find."""
        issuer, signature = city.ISSUERS[letter.issuer], letter.paper.signature
        raw = papers.paper(replace(letter.paper, signature=replace(signature, signed=False)))
        raw = self._signatures.sign_as_issuer(
            raw, signature.name, issuer.name, pytz.utc.localize(moment) - timedelta(hours=2), signature.lines[-1])
        return tamper(raw) if letter.key == self._tampered else raw

    def _type(self, name):
        """The document type of the law's list; both lists keep the order of the decree."""
        if not self._types:
            types = self.env['civic.document.type'].search([('kind', '=', 'administrative')], order='sequence, id')
            self._types = dict(zip(papers.ABBREVIATIONS, types, strict=True))
        return self._types[name]

    def _do_register(self, _env, act, document):
        document.action_register()
        document.filtered('is_unacknowledged')._acknowledge()

    def _do_return_to_sender(self, _env, act, document):
        document._return_to_sender(act.letter.reason)

    def _do_cancel(self, _env, act, document):
        document._cancel(act.letter.reason)

    def _do_assign(self, env, act, document):
        letter = act.letter
        nobody = env['res.users']
        tasks = [{
            'kind': 'lead', 'unit': self._unit(env, letter, act.values['unit']), 'user': nobody, 'deadline': letter.deadline,
        }]
        if not act.values.get('again'):
            for kind, keys, deadline in (
                ('coordinate', letter.coordinating, letter.deadline), ('inform', letter.informed, False),
            ):
                tasks += [
                    {'kind': kind, 'unit': self._unit(env, letter, key), 'user': nobody, 'deadline': deadline} for key in keys
                ]
        document._assign(tasks, act.values['instruction'])

    def _do_read(self, _env, act, document):
        document.action_mark_read()

    def _do_bounce(self, _env, act, document):
        document._get_own_assignment()._return_to_leader(subjects.RETURN_REASONS[act.ordinal % len(subjects.RETURN_REASONS)])

    def _do_delegate(self, env, act, document):
        handler = env['res.users'].browse(self._ref(f"user_{act.values['to']}").id)
        document._get_own_assignment()._delegate(handler, '')

    def _do_start(self, _env, act, document):
        document._get_own_assignment()._start()

    def _do_finish(self, _env, act, document):
        document._get_own_assignment()._finish(act.values['result'])

    def _do_comment(self, _env, act, document):
        document.message_post(body=act.values['text'], message_type='comment', subtype_xmlid='mail.mt_note')


COMMENTS = (
    'Đã liên hệ đơn vị soạn thảo, số liệu bổ sung sẽ có trong ngày mai.',
    'Đang chờ ý kiến của Sở Tài chính về nguồn kinh phí.',
    'Dự thảo văn bản trả lời đã trình lãnh đạo phòng xem xét.',
    'Đề nghị phòng phối hợp gửi ý kiến trước 16 giờ chiều nay.',
    'Đã đối chiếu với văn bản năm trước, không có vướng mắc.',
    'Nội dung liên quan đến nhiều phường, cần họp thống nhất trước khi trả lời.',
)
CONTRIBUTIONS = (
    'Đã gửi ý kiến phối hợp.', 'Thống nhất với đề xuất của đơn vị chủ trì.', 'Đã cung cấp số liệu theo đề nghị.',
)


def _moment(day, dice, first_hour, last_hour):
    """A moment of office hours in the city, as naive UTC."""
    return _local_moment(day, time(dice.randrange(first_hour, last_hour + 1), dice.randrange(60), dice.randrange(60)))


def _local_moment(day, clock):
    return TIMEZONE.localize(datetime.combine(day, clock)).astimezone(pytz.utc).replace(tzinfo=None)


def _local(moment):
    return pytz.utc.localize(moment).astimezone(TIMEZONE)
