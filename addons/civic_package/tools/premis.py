"""Preservation metadata: PREMIS 3 as text, object by object."""
from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from . import xmlio
from .xmlio import tag

CREATION = 'information package creation'
HEAD = (f'<?xml version="1.0" encoding="UTF-8"?>\n<premis xmlns="{xmlio.PREMIS}" xmlns:xsi="{xmlio.XSI}" version="3.0">\n')
TAIL = '</premis>\n'


@dataclass(frozen=True)
class Event:
    """Something that happened to the package. ``type`` is a word of the Library of Congress' list of event types."""
    type: str
    when: datetime.datetime
    identifier: str = ''                # made from the package's own if empty
    detail: str = ''
    outcome: str = 'success'
    note: str = ''
    agents: tuple = ()                  # (type, value, role)
    objects: tuple = ()                 # (type, value, role: source or outcome)


@dataclass(frozen=True)
class Agent:
    type: str                           # software, organization, person
    identifier: str
    name: str
    version: str = ''


def write_object(category, identifier_type, identifier, *, name=''):
    return (f'<object xsi:type="{category}" xmlID={xmlio.quote(xml_id(identifier))}>{_identifier("object", identifier_type, identifier)}'
            + (tag('originalName', text=name) if name else '') + '</object>\n')


def write_file(identifier, size, digest, mime, *, name='', form=None):
    """``form``: (name, version, PRONOM key) when the format was identified."""
    label, version, key = form or (mime, '', '')
    registry = tag('formatRegistryName', text='PRONOM') + tag('formatRegistryKey', text=key)
    registry = f'<formatRegistry>{registry}</formatRegistry>' if key else ''
    return (
        f'<object xsi:type="file" xmlID="{identifier}">{_identifier("object", "UUID", identifier)}'
        '<objectCharacteristics><compositionLevel>0</compositionLevel>'
        f'<fixity><messageDigestAlgorithm>SHA-256</messageDigestAlgorithm><messageDigest>{digest}</messageDigest></fixity><size>{size}</size>'
        f'<format><formatDesignation>{tag("formatName", text=label)}{tag("formatVersion", text=version) if version else ""}'
        f'</formatDesignation>{registry}</format></objectCharacteristics>{tag("originalName", text=name) if name else ""}</object>\n')


def write_event(event, moment):
    lines = [
        f'<event>{_identifier("event", "UUID", event.identifier)}{tag("eventType", text=event.type)}{tag("eventDateTime", text=moment)}']
    if event.detail:
        lines.append(f'<eventDetailInformation>{tag("eventDetail", text=event.detail)}</eventDetailInformation>')
    if event.outcome:
        note = f'<eventOutcomeDetail>{tag("eventOutcomeDetailNote", text=event.note)}</eventOutcomeDetail>' if event.note else ''
        lines.append(f'<eventOutcomeInformation>{tag("eventOutcome", text=event.outcome)}{note}</eventOutcomeInformation>')
    for kind, role, linked in (('linkingAgent', 'linkingAgentRole', event.agents), ('linkingObject', 'linkingObjectRole', event.objects)):
        for type_, value, name in linked:
            inner = tag(f'{kind}IdentifierType', text=type_) + tag(f'{kind}IdentifierValue', text=value) + (tag(role,
                text=name) if name else '')
            lines.append(f'<{kind}Identifier>{inner}</{kind}Identifier>')
    lines.append('</event>\n')
    return ''.join(lines)


def write_agent(agent):
    return (f'<agent>{_identifier("agent", agent.type, agent.identifier)}'
            + tag('agentName', text=agent.name) + tag('agentType', text=agent.type)
            + (tag('agentVersion', text=agent.version) if agent.version else '') + '</agent>\n')


def _identifier(kind, type_, value):
    inner = tag(f'{kind}IdentifierType', text=type_) + tag(f'{kind}IdentifierValue', text=value)
    return f'<{kind}Identifier>{inner}</{kind}Identifier>'


def xml_id(identifier):
    """An identifier as an XML ID: no colon, a letter first."""
    return 'obj-' + re.sub('[^A-Za-z0-9._-]', '_', identifier)
