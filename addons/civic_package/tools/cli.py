"""The command line: ``./civic package validate|build|extract|convert|table|pdfa PATH``. Needs no database and no Odoo.

Exit code: 0 valid or done, 1 the package has errors, 2 the command could not be carried out.
"""
from __future__ import annotations

import argparse
import datetime
import json
import os
import pathlib
import sys
from collections import deque
from dataclasses import asdict

from . import pdfa, vn2019
from . import validate as validation
from .convert import aip_to_dip
from .findings import ERROR, WARNING, InvalidPackage, PackageError, Report
from .premis import Agent, Event
from .profiles import get_profile, package_profiles
from .sources import extract, open_source
from .variants import read_variant
from .writer import Document, File, Package, build

DESCRIPTION = """a description, files named relative to it (fields: Package, Document and File in tools/writer.py):

  {"kind": "SIP_hoso", "created": "2026-06-12T11:45:37+07:00", "fonds": "G09", "organisation": "Sở Nội vụ",
   "values": {"fileCode": "H29.1.2026.05", "title": "…", "maintenance": "01", "…": "…"},
   "documents": [{"values": {"typeName": "02", "…": "…"}, "files": ["cong-van.pdf"]}]}
"""

MARKS = {ERROR: 'error  ', WARNING: 'warning'}


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog='civic package', description="Information packages of Circular 05/2025 (SIP, AIP, DIP)")
    commands = parser.add_subparsers(dest='command', required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument('path', metavar='PATH', type=pathlib.Path)
    common.add_argument('--profile', default='VN-2025', metavar='NAME[:VARIANT]',
                        help="rules to go by: " + ', '.join(
                            f'{name}[:{"|".join(get_profile(name).variants)}]' for name in package_profiles()))
    common.add_argument('--variant', type=pathlib.Path, metavar='FILE', help="a receiver's variant of the rules (JSON)")
    common.add_argument('--json', action='store_true', help="one JSON object on the standard output")
    common.add_argument('--language', choices=['en', 'vi'], help="of the findings (default: by LANG)")
    check = commands.add_parser('validate', parents=[common], help="name everything that is wrong with a package (folder or ZIP)")
    check.add_argument('--kind', help="what it should be, for instance AIP_hoso (default: what it says of itself)")
    check.add_argument('--rules', action='store_true', help="also how each rule fared, with the reason of those that were skipped")
    make = commands.add_parser('build', parents=[common], help="build a package from a description (JSON)",
                               formatter_class=argparse.RawDescriptionHelpFormatter, epilog=DESCRIPTION)
    make.add_argument('--output', type=pathlib.Path, default=pathlib.Path(), metavar='FOLDER')
    make.add_argument('--folder', action='store_true', help="a folder instead of a ZIP file")
    take = commands.add_parser('extract', parents=[common], help="check a package and unpack it")
    take.add_argument('--output', type=pathlib.Path, default=pathlib.Path(), metavar='FOLDER')
    give = commands.add_parser('convert', parents=[common], help="make a DIP from an AIP: what a user is given (Annex V)")
    give.add_argument('--request', type=pathlib.Path, required=True, metavar='FILE',
                      help='JSON: {"created": …, "values": {fields of the request}, "codes": […], "granted": […], …}')
    give.add_argument('--output', type=pathlib.Path, default=pathlib.Path(), metavar='FOLDER')
    give.add_argument('--folder', action='store_true', help="a folder instead of a ZIP file")
    rows = commands.add_parser('table', parents=[common], help="check a metadata table of Circular 02/2019 (CSV or XML), and write it anew")
    rows.add_argument('--table', required=True, choices=list(vn2019.TABLES))
    rows.add_argument('--output', type=pathlib.Path, metavar='FILE', help="a new .csv or .xml, for all rows, also those with errors")
    judge = commands.add_parser('pdfa', help="judge PDFs by PDF/A (veraPDF)")
    judge.set_defaults(profile='VN-2025', language='en')
    judge.add_argument('path', metavar='PATH', type=pathlib.Path, nargs='+')
    judge.add_argument('--flavour', default='', help="for instance 2b (default: what the file says of itself, else 2b)")
    judge.add_argument('--json', action='store_true', help="a JSON array on the standard output")
    take.add_argument('--unchecked', action='store_true', help="unpack also what has errors, if its paths are safe")
    return parser.parse_args(arguments)


def show(report, options, language):
    if options.json:
        json.dump(report.as_dict(language), sys.stdout, ensure_ascii=False, indent=1)
        print()
        return
    for finding in report.findings:
        print(f'{MARKS.get(finding.severity, "info   ")} {finding.rule:10} {finding.text(language)}'
              + (f'  [{finding.location}]' if finding.location else ''))
    for rule, count in report.left_out.items():
        print(f'        {rule:10} and {count} more')
    if getattr(options, 'rules', False):
        for outcome in sorted(report.outcomes.values(), key=lambda outcome: outcome.rule):
            print(f'rule    {outcome.rule:10} {outcome.level:6} {outcome.outcome:8} {outcome.checked:6}  {outcome.reason}')
    outcomes = [outcome.outcome for outcome in report.outcomes.values()]
    print(f"{report.path}: {report.kind or '?'} {report.objid}: {'valid' if report.valid else 'INVALID'}, {report.errors} errors, "
          f"{report.warnings} warnings; {report.files} files, {report.size} bytes; rules: "
          + ', '.join(f'{outcomes.count(name)} {name}' for name in ('passed', 'failed', 'skipped', 'accepted')))


def explain(error):
    """What is wrong with a JSON file, in words for its author."""
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON, {error.msg} in line {error.lineno}, column {error.colno}"
    if isinstance(error, KeyError):
        return f"“{error.args[0]}” is missing"
    if isinstance(error, TypeError):
        return str(error).rpartition('__init__() ')[2]
    return str(error)


def read_description(path, profile, variant):
    """A package from a JSON file: the fields of ``writer.Package``, sources of files relative to the JSON file's folder."""
    try:
        data = json.loads(path.read_text(encoding='utf-8'))
        base = path.resolve().parent

        def make_file(entry):
            entry = {'source': entry} if isinstance(entry, str) else dict(entry)
            if 'text' in entry:
                entry['source'] = entry.pop('text').encode()
            else:
                entry['source'] = base / entry['source']
                entry.setdefault('original_name', entry['source'].name)
            if entry.get('created'):
                entry['created'] = datetime.datetime.fromisoformat(entry['created'])
            if entry.get('format'):
                entry['format'] = tuple(entry['format'])
            return File(**entry)

        documents = [Document(entry['values'], list(map(make_file, entry['files'])), entry.get('type',
            'doc')) for entry in data.pop('documents')]
        documentation = list(map(make_file, data.pop('documentation', [])))
        for file in documentation:
            file.name = file.name or file.original_name
        events = [Event(**{
            **entry, 'when': datetime.datetime.fromisoformat(entry['when']), 'agents': tuple(map(tuple, entry.get('agents', ()))),
            'objects': tuple(map(tuple, entry.get('objects', ())))}) for entry in data.pop('events', [])]
        agents = [Agent(**entry) for entry in data.pop('agents', [])]
        data['created'] = datetime.datetime.fromisoformat(data['created'])
        return Package(**{'profile': profile, 'variant': variant, **data}, documents=documents, documentation=documentation, events=events,
                       agents=agents)
    except OSError as error:
        raise PackageError(f"{path}: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PackageError(f"{path} does not describe a package: {explain(error)} (`build --help` shows one)") from error


def main(arguments=None):
    options = parse_arguments(arguments)
    language = options.language or ('vi' if os.environ.get('LANG', '').startswith('vi') else 'en')
    name, _, variant = options.profile.partition(':')
    try:
        profile = get_profile(name)
        if getattr(options, 'variant', None):
            profile, data = read_variant(options.variant.read_bytes(), name)
            variant = data['code']
        return globals()[f'command_{options.command}'](options, language, profile, variant)
    except PackageError as error:
        words = [f'{finding.text(language)}  [{finding.location}]' for finding in error.report.findings] if isinstance(
            error, InvalidPackage) else [str(error)]
        if options.json:
            print(json.dumps({'error': '; '.join(words)}, ensure_ascii=False))
        for line in words:
            print(f'civic package: {line}', file=sys.stderr)
        return 2
    except OSError as error:
        print('civic package:', *filter(None, [error.filename and f'{error.filename}:', error.strerror]), file=sys.stderr)
        return 2


def command_validate(options, language, profile, variant):
    if not os.path.lexists(options.path):
        raise PackageError(f"there is no {options.path}")
    report = validation.validate(options.path, profile=profile, kind=options.kind, variant=variant or None)
    show(report, options, language)
    return 0 if report.valid else 1


def command_build(options, _language, profile, variant):
    built = build(read_description(options.path, profile, variant or 'text'), options.output, folder=options.folder)
    if options.json:
        print(json.dumps({**built.__dict__, 'path': str(built.path)}, ensure_ascii=False))
    else:
        print(f'{built.path}: {built.kind} {built.objid}, {built.documents} documents, {built.files} files, {built.size} bytes; '
              f'SHA-256 of METS.xml {built.mets_sha256}')
    return 0


def command_extract(options, language, profile, variant):
    if not options.unchecked:
        report = validation.validate(options.path, profile=profile, variant=variant or None)
        if not report.valid:
            show(report, options, language)
            return 1
    with open_source(options.path) as source:
        place = extract(source, options.output)
    print(json.dumps({'path': str(place)}) if options.json else place)
    return 0


def command_convert(options, _language, profile, variant):
    try:
        data = json.loads(options.request.read_text(encoding='utf-8'))
        words = {name: data[name] for name in ('codes', 'granted', 'approver', 'decision', 'fonds', 'organisation') if data.get(name)}
        when, request = datetime.datetime.fromisoformat(data['created']), dict(data['values'])
    except OSError as error:
        raise PackageError(f"{options.request}: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PackageError(f"{options.request} does not describe a request: {explain(error)}") from error
    built, left_out = aip_to_dip(
        options.path, options.output, when=when, request=request, profile=profile, variant=variant or 'text',
        folder=options.folder, **words)
    if options.json:
        print(json.dumps({**built.__dict__, 'path': str(built.path), 'left_out': list(map(asdict, left_out))}, ensure_ascii=False))
    else:
        for entry in left_out:
            print(f'left out {entry.code}: {entry.reason}')
        print(f'{built.path}: {built.kind} {built.objid}, {built.documents} documents; SHA-256 of METS.xml {built.mets_sha256}')
    return 0


def command_table(options, language, _profile, _variant):
    report = Report(str(options.path), kind=options.table, profile='VN-2019', files=1, size=options.path.stat().st_size)
    with open(options.path, 'rb') as stream:
        rows = (values for _number, values in vn2019.read(options.table, stream, options.path.suffix[1:].lower(), report))
        if not options.output:
            deque(rows, 0)
        else:
            try:
                with open(options.output, 'xb') as output:
                    vn2019.write(options.table, rows, output, options.output.suffix[1:].lower())
            except PackageError:
                options.output.unlink()
                raise
    show(report, options, language)
    return 0 if report.valid else 1


def command_pdfa(options, _language, _profile, _variant):
    verdicts = pdfa.judge_all(options.path, options.flavour)
    if options.json:
        print(json.dumps([asdict(verdict) for verdict in verdicts], ensure_ascii=False, indent=1))
    else:
        for verdict in verdicts:
            for defect in verdict.findings:
                print(f'error   {defect.standard} {defect.clause}  {defect.message}  [{defect.place}]')
            print(f"{verdict.path}: PDF/A-{verdict.flavour} {'valid' if verdict.conforms else 'INVALID'} "
                  f"(it says: {verdict.claimed or 'nothing'}); {verdict.checker}")
    return 0 if all(verdict.conforms for verdict in verdicts) else 1


if __name__ == '__main__':
    sys.exit(main())
