"""Certificates for a demonstration: an authority that says in every name that it is a specimen, and what it issued.

Nothing of it is made by an installation; the loader of the demo city calls it.
"""
import base64
import json

from odoo.addons.civic_base.tools.vault import VaultError

from .tools import demo_ca, demo_papers, demo_pictures

PIN = '246810'                      # of every certificate of the demonstration
PARAMETER = 'civic_signature.demo_authority'
SEAL_SIZE = 36                      # millimetres


class DemoSignatures:
    """The authority of a demonstration and what it has to do with the agencies there.

    :param env: the environment of the superuser
    """

    def __init__(self, env):
        self.env = env
        self._issuers = {}
        self.authority = self._get_authority()

    def set_up(self, companies, users):
        """Trust the authority and give certificates to these agencies and people; a second call adds nothing.

        :param companies: `res.company`
        :param users: `res.users`, those who sign; each for the agency of the user
        """
        self._trust()
        stamper = self._get_time_stamp_authority()
        companies.filtered(lambda company: not company.timestamp_authority_id).timestamp_authority_id = stamper
        Certificate = self.env['civic.certificate']
        known = Certificate.with_context(active_test=False).search([('company_id', 'in', companies.ids)])
        values = []
        for company in companies - known.filtered(lambda row: row.kind == 'agency').company_id:
            values.append(self._prepare_values(
                company.name, company, kind='agency', picture=demo_pictures.draw_seal(company.name),
                picture_width=SEAL_SIZE, picture_height=SEAL_SIZE))
        for user in users - known.user_id:
            values.append(self._prepare_values(
                user.name, user.company_id, kind='person', user_id=user.id,
                picture=demo_pictures.draw_signature(user.name)))
        Certificate.create(values)

    def sign_as_issuer(self, pdf, person, agency, moment, title):
        """Return the paper signed by a leader and by an agency that write to the city.

        :param str person: name of the leader
        :param str agency: name of the agency
        :param datetime moment: aware
        :param str title: what stands above the place of the signature
        """
        if (person, agency) not in self._issuers:
            self._issuers[person, agency] = demo_papers.Issuer(self.authority, person, agency)
        return self._issuers[person, agency].sign(pdf, moment, title)

    # === THE AUTHORITY === #

    def _get_authority(self):
        """Return the authority, the same in every run: its keys lie in the vault, the database knows their name."""
        vault = self.env['civic.certificate']._get_vault()
        parameters = self.env['ir.config_parameter']
        try:
            return demo_ca.DemoAuthority.load(json.loads(vault.get(parameters.get_param(PARAMETER))))
        except VaultError:
            authority = demo_ca.DemoAuthority(name="CA Civic Records")
        parameters.set_param(PARAMETER, vault.put(json.dumps(authority.dump()).encode()))
        return authority

    def _trust(self):
        root = self.authority.root
        fingerprint = demo_ca.get_fingerprint(root)
        if self.env['civic.trust.anchor'].search_count([('fingerprint', '=', fingerprint)], limit=1):
            return
        self.env['civic.trust.anchor'].create({
            'certificate': base64.b64encode(root.der), 'legal_basis': demo_ca.MARK})
        # good for the time of a demonstration
        self.env['civic.revocation.list'].create([
            {'content': base64.b64encode(raw)} for raw in self.authority.make_crls(days=3650)])

    def _get_time_stamp_authority(self):
        authorities = self.env['civic.timestamp.authority']
        known = authorities.search([('kind', '=', 'demo')], limit=1)
        if known:
            return known
        authority = authorities.create({'name': "TSA (mẫu)", 'kind': 'demo'})
        authority.key_ref = authorities._get_vault().put(json.dumps(demo_ca.dump_holder(self.authority.tsa)).encode())
        return authority

    def _prepare_values(self, name, company, *, picture, **values):
        holder = self.authority.issue(name, company.name)
        return {
            'name': f"{name} (mẫu)", 'company_id': company.id, 'source': 'pkcs12',
            'key_file': base64.b64encode(holder.to_pkcs12(PIN)), 'key_pin': PIN,
            'picture_file': base64.b64encode(picture), **values,
        }
