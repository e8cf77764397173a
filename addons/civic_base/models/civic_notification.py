import logging
from datetime import datetime, time

import pytz
from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import split_every

from ..const import DEFAULT_TZ, DIGEST_EVENT

_logger = logging.getLogger(__name__)

DIGEST_BATCH = 100
# Lines of one group that a mail shows; the rest is a number.
DIGEST_LINES = 20
TOAST_NAMES = 3


class CivicNotification(models.AbstractModel):
    """One door for telling people what happened: at once, in the morning digest, or not at all, as each chose."""

    _name = 'civic.notification'
    _description = "Notification"

    # === TELLING === #

    @api.model
    def _notify(self, event, users, records, body=None):
        """Tell the users of what happened to the records, each in the way that the user chose for the event.

        Whoever acts is not told of the own act. Costs a fixed number of queries and one insert per kind of
        row, however many users and records; those who hear at once cost one question of rights each.

        :param event: code of a `civic.notification.event`
        :param users: whom to tell
        :param records: what it is about; a name is shown only to those who may read the record then
        :param body: a short text beside the name, or a dict of such texts by record id
        """
        self._notify_each(event, dict.fromkeys(users, records), body)

    @api.model
    def _notify_each(self, event, records_by_user, body=None):
        """Tell each user of the own records, all of one model: as :meth:`_notify`, in as many queries.

        :param records_by_user: dict of records by user (res.users)
        """
        event = self.env['civic.notification.event']._get(event)
        # sudo: how a colleague wants to be told is asked on behalf of the one who acts
        told = {
            user.sudo(): records for user, records in records_by_user.items()
            if records and user.id != self.env.uid and user.sudo().active and not user.sudo().share
        }
        if not told:
            return
        users = self.env['res.users'].sudo().union(*told)
        choices = self._get_choices(event, users)
        if not isinstance(body, dict):
            body = dict.fromkeys((record_id for records in told.values() for record_id in records.ids), body)
        self._collect(event, {user: told[user] for user in users if choices[user.id] == 'digest'}, body)
        self._tell_now(event, {user: told[user] for user in users if choices[user.id] == 'now'}, body)
        # open home screens read their piles anew, whatever the person chose
        users._bus_send('civic_home', {})

    @api.model
    def _get_choices(self, event, users):
        """Return {user id: 'none' | 'digest' | 'now'} for the event."""
        # sudo: on behalf of the one who acts, see above
        rows = self.env['civic.notification.choice'].sudo().search_fetch(
            [('event_id', '=', event.id), ('user_id', 'in', users.ids)], ['user_id', 'choice'])
        chosen = {row.user_id.id: row.choice for row in rows}
        choices = {user.id: chosen.get(user.id, event.default_choice) for user in users}
        if not event.has_now:
            choices = {user_id: 'digest' if choice == 'now' else choice for user_id, choice in choices.items()}
        return choices

    @api.model
    def _collect(self, event, records_by_user, bodies):
        """Keep lines for the next digest of those who get one."""
        if not records_by_user:
            return
        digest = self.env['civic.notification.event']._get(DIGEST_EVENT)
        readers = self._get_choices(digest, self.env['res.users'].sudo().union(*records_by_user))
        # sudo: nobody has rights on the lines, they wait for the digest
        self.env['civic.notification.line'].sudo().create([
            {
                'user_id': user.id,
                'event_id': event.id,
                'res_model': records._name,
                'res_id': record.id,
                'body': bodies.get(record.id) or False,
            }
            for user, records in records_by_user.items() if readers[user.id] != 'none'
            for record in records
        ])

    @api.model
    def _tell_now(self, event, records_by_user, bodies):
        """Inbox, or one mail for all of the records: by the way of notification that the person set in Odoo."""
        users = self.env['res.users'].sudo().union(*records_by_user)
        readable = {user: self._filter_readable(records, user) for user, records in records_by_user.items()}
        by_inbox = users.filtered(lambda user: user.notification_type == 'inbox' and readable[user])
        if by_inbox:
            self._tell_in_inbox(event, by_inbox, readable, bodies)
        mails = []
        for user in users - by_inbox:
            if readable[user] and user.email:
                mails.append(self._prepare_mail(user, *self._render_now(event, user, readable[user], bodies)))
        # sudo: people send no mail by hand; the queue of mails sends it
        self.env['mail.mail'].sudo().create(mails)
        for user in users:
            if readable[user]:
                names = readable[user][:TOAST_NAMES].mapped('display_name')
                user._bus_send('simple_notification', {
                    'title': event.with_context(lang=user.lang).name,
                    'message': "\n".join(names) + ("\n…" if len(readable[user]) > TOAST_NAMES else ""),
                    'type': 'warning',
                    'sticky': False,
                })

    @api.model
    def _tell_in_inbox(self, event, users, readable, bodies):
        """One message per record and one notification per reader of it, each kind in one insert."""
        concerned = self.env[next(iter(readable.values()))._name].union(*(readable[user].sudo(False) for user in users))
        author = self.env.ref('base.partner_root')
        language = users[:1].lang
        # sudo: the system writes the message, whoever caused it
        messages = self.env['mail.message'].sudo().create([
            {
                'model': record._name,
                'res_id': record.id,
                'subject': event.with_context(lang=language).name,
                'body': Markup("<p>%s</p>") % " – ".join(filter(None, (
                    event.with_context(lang=language).name, self._get_shown_body(record, bodies)))),
                'message_type': 'user_notification',
                'subtype_id': self.env['ir.model.data']._xmlid_to_res_id('mail.mt_note'),
                'author_id': author.id,
                'email_from': author.email_formatted,
            }
            for record in concerned
        ])
        message_of = {message.res_id: message.id for message in messages}
        # sudo: as the messages
        self.env['mail.notification'].sudo().create([
            {
                'author_id': author.id,
                'mail_message_id': message_of[record.id],
                'notification_status': 'sent',
                'notification_type': 'inbox',
                'res_partner_id': user.partner_id.id,
            }
            for user in users
            for record in readable[user]
        ])

    @api.model
    def _render_now(self, event, user, records, bodies):
        """Return subject and body of the one mail that tells the user of the records."""
        title = event.with_context(lang=user.lang).name
        items = Markup().join(
            Markup('<li><a href="%s">%s</a>%s</li>') % (
                self._get_url(record), record.display_name,
                Markup(": %s") % body if (body := self._get_shown_body(record, bodies)) else "")
            for record in records.with_context(lang=user.lang))
        subject = f"{title}: {records.with_context(lang=user.lang).display_name}" if len(records) == 1 else title
        return subject, Markup("<p>%s</p><ul>%s</ul>") % (title, items)

    @api.model
    def _prepare_mail(self, user, subject, body):
        return {
            'subject': subject,
            'body_html': body,
            'email_from': user.company_id.email_formatted or user.email_formatted,
            'email_to': user.email_formatted,
            'auto_delete': True,
            'state': 'outgoing',
        }

    # === WHAT MAY BE SHOWN === #

    @api.model
    def _filter_readable(self, records, user):
        """The records that the user may read now, in any of the user's agencies; named as the user sees them."""
        own = records.sudo(False).with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids, lang=user.lang).exists()
        return own._filtered_access('read')

    @api.model
    def _may_show_body(self, record):
        """Say whether a text about the record may go beside its name. Higher rooms keep back more."""
        return True

    @api.model
    def _get_shown_body(self, record, bodies):
        return self._may_show_body(record) and bodies.get(record.id) or ""

    @api.model
    def _get_url(self, record):
        return f"{record.get_base_url()}/mail/view?model={record._name}&res_id={record.id}"

    # === MORNING DIGEST === #

    @api.model
    def _cron_send_digest(self):
        """One mail per person on the morning of each working day: three numbers, and what came since the last.

        The hour is the agency's (rule `notification.digest_hour`); whoever has had the digest of the day gets
        no second one, so the job may run again at any time.
        """
        commit = self.env['ir.cron']._commit_progress
        due = [(company, today, self._get_digest_users(company, today)) for company, today in self._get_digest_days()]
        commit(remaining=sum(len(users) for _company, _today, users in due))
        for company, today, users in due:
            for batch in split_every(DIGEST_BATCH, users.ids, self.env['res.users'].browse):
                batch = batch.try_lock_for_update(allow_referencing=True).filtered_domain(
                    self._get_digest_domain(company, today))
                self._send_digest(company, today, batch)
                if not commit(len(batch)):
                    return

    @api.model
    def _get_digest_days(self):
        """Return the agencies whose morning it is, each with its day."""
        days = []
        for company in self.env['res.company'].search([('active', '=', True)]):
            local = datetime.now(pytz.timezone(company.partner_id.tz or DEFAULT_TZ))
            hour = self.env['civic.rule.value']._get('notification.digest_hour', local.date(), company)
            if local.time() >= time(hour) and company._is_working_day(local.date()):
                days.append((company, local.date()))
        return days

    @api.model
    def _get_digest_domain(self, company, today):
        return (
            Domain('company_id', '=', company.id) & Domain('share', '=', False) & Domain('active', '=', True)
            & (Domain('civic_digest_date', '=', False) | Domain('civic_digest_date', '<', today))
        )

    @api.model
    def _get_digest_users(self, company, today):
        """Who has not yet had the digest of the day."""
        # sudo: the job looks at people, whoever runs it
        return self.env['res.users'].sudo().search(self._get_digest_domain(company, today))

    @api.model
    def _send_digest(self, company, today, users):
        """Write the digests of the users in one insert of mails, and forget the lines that they were made of."""
        if not users:
            return
        digest = self.env['civic.notification.event']._get(DIGEST_EVENT)
        choices = self._get_choices(digest, users)
        # sudo: nobody has rights on the lines
        lines = self.env['civic.notification.line'].sudo().search([('user_id', 'in', users.ids)])
        by_user = lines.grouped('user_id')
        readers = users.filtered(lambda user: choices[user.id] != 'none' and user.email)
        numbers = self.with_company(company)._get_digest_numbers(readers, today)
        mails = []
        for user in readers:
            try:
                with self.env.cr.savepoint():
                    groups = self._get_digest_groups(user, by_user.get(user, lines.browse()))
                    counts = numbers.get(user.id, {})
                    if groups or any(counts.values()):      # nothing to say, no mail
                        mails.append(self._prepare_digest_mail(user, today, counts, groups))
            except Exception:       # noqa: BLE001  one person's digest must not cost the others theirs
                _logger.exception("The digest of user %s could not be written", user.id)
        # sudo: the queue of mails sends them
        self.env['mail.mail'].sudo().create(mails)
        lines.unlink()
        # sudo: what the system notes on people
        users.sudo().civic_digest_date = today

    @api.model
    def _get_digest_numbers(self, users, today):
        """Return {user id: {'urgent': n, 'overdue': n, 'waiting': n}}; the rooms that know the work fill it in."""
        return {}

    @api.model
    def _get_digest_links(self):
        """Return {number: path in the client}; the rooms that know the work fill it in."""
        return {'urgent': '/odoo', 'overdue': '/odoo', 'waiting': '/odoo'}

    @api.model
    def _get_digest_groups(self, user, lines):
        """What the lines say to the user today, by event: only what the user may read now, each record once."""
        readable = {}
        for model_name, of_model in lines.grouped('res_model').items():
            if model_name in self.env:
                records = self.env[model_name].browse(set(of_model.mapped('res_id')))
                readable[model_name] = {record.id: record for record in self._filter_readable(records, user)}
        groups = []
        for event, of_event in lines.with_context(lang=user.lang).grouped('event_id').items():
            latest = {(line.res_model, line.res_id): line for line in of_event}
            items = [
                {
                    'name': record.display_name,
                    'url': self._get_url(record),
                    'body': self._get_shown_body(record, {record.id: line.body}),
                }
                for (model_name, res_id), line in latest.items()
                if (record := readable.get(model_name, {}).get(res_id)) is not None
            ]
            if items:
                groups.append({
                    'sequence': (event.sequence, event.id), 'name': event.name, 'count': len(items),
                    'items': items[:DIGEST_LINES], 'more': max(0, len(items) - DIGEST_LINES)})
        return sorted(groups, key=lambda group: group['sequence'])

    @api.model
    def _prepare_digest_mail(self, user, today, counts, groups):
        base_url = self.get_base_url()
        links = self._get_digest_links()
        localised = self.with_context(lang=user.lang)
        day = fields.Date.to_date(today).strftime('%d/%m/%Y')
        body = self.env['ir.qweb'].with_context(lang=user.lang)._render('civic_base.digest_mail', {
            'user': user,
            'company': user.company_id,
            'day': day,
            'counts': {key: counts.get(key, 0) for key in links},
            'links': {key: base_url + path for key, path in links.items()},
            'groups': groups,
            'settings_url': f"{base_url}/odoo/my-preferences",
        })
        subject = localised.env._(
            "%(day)s: %(urgent)s urgent, %(overdue)s overdue, %(waiting)s waiting for you",
            day=day, urgent=counts.get('urgent', 0), overdue=counts.get('overdue', 0),
            waiting=counts.get('waiting', 0))
        return self._prepare_mail(user, subject, body)
