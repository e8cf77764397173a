#!/usr/bin/env python3
"""Check an information package (SIP, AIP, DIP of E-ARK CSIP) away from the system that made it.

    python3 verify_package.py [PACKAGE]

PACKAGE is the unpacked folder or the ZIP file; without it, the package that this script lies in (documentation/).
Needs Python 3.8 or newer and lxml, nothing else. Every METS file is read, every file that one names is hashed, and files
that no METS names are listed. Nothing is written. Exit code: 0 nothing wrong was found, 1 something was changed, removed
or added, 2 the package cannot be judged.

How a package is put together, so that this can be checked by other means, too: METS.xml in the package's folder lists,
with size and SHA-256 (elements "file" and "mdRef"), the schemas, the documentation, the description and
representations/rep1/METS.xml; that one lists the content in data/ and its descriptions, by paths that start at its own
folder. Spaces and the characters %#?"<>[]{}|^` are written %20 and so on. The SHA-256 of the topmost METS.xml is printed:
compare it with the receipt, the minutes of hand-over or the journal, since whoever can change a file can also make METS anew.
"""
import argparse
import hashlib
import os
import pathlib
import sys
import unicodedata
import urllib.parse
import zipfile

METS = '{http://www.loc.gov/METS/}'
HREF = '{http://www.w3.org/1999/xlink}href'
ALGORITHMS = {'SHA-256': 'sha256', 'SHA-384': 'sha384', 'SHA-512': 'sha512', 'SHA-1': 'sha1', 'MD5': 'md5'}


class Folder:
    def __init__(self, path):
        self.path = path
        self.names = []
        for below, folders, files in os.walk(path):
            folders.sort()
            for name in sorted(files):
                full = os.path.join(below, name)
                if os.path.islink(full) or not os.path.isfile(full):
                    raise ValueError(f"{full} is a link or special file")
                self.names.append(os.path.relpath(full, path).replace(os.sep, '/'))

    def open(self, name):
        return open(os.path.join(self.path, *name.split('/')), 'rb')


class Archive:
    def __init__(self, path):
        self.archive = zipfile.ZipFile(path)
        names = [name for name in self.archive.namelist() if not name.endswith('/')]
        tops = {name.split('/', 1)[0] for name in names}
        if len(tops) != 1 or len(names) != len(set(names)) or any('/' not in name for name in names):
            raise ValueError("the archive must hold one folder, and each name once")
        self.top = tops.pop() + '/'
        self.names = [name[len(self.top):] for name in names]

    def open(self, name):
        return self.archive.open(self.top + name)


class Guard:
    def __init__(self, stream):
        self.stream, self.tail = stream, b''

    def read(self, size):  # pylint: disable=method-required-super  # no model
        chunk = self.stream.read(size)
        if b'\0' in chunk or b'<!DOCTYPE' in self.tail + chunk:
            raise ValueError("XML with a document type declaration or not in UTF-8 is not read")
        self.tail = chunk[-9:]
        return chunk


def references(package, name):
    """Files that a METS file names: (path, size, algorithm, digest)."""
    from lxml import etree
    base = name.rpartition('/')[0]
    with package.open(name) as stream:
        parser = etree.iterparse(
            Guard(stream), events=('end',), resolve_entities=False, no_network=True, load_dtd=False)
        for _event, element in parser:
            if element.tag in (METS + 'file', METS + 'mdRef'):
                place = element if element.tag == METS + 'mdRef' else element.find(METS + 'FLocat')
                href = urllib.parse.unquote(place.get(HREF, '')) if place is not None else ''
                if href.startswith('/') or '..' in href.split('/') or ':' in href.split('/')[0]:
                    raise ValueError(f"{name} names {href}, which is outside the package")
                path = f'{base}/{href}' if base else href
                yield path, element.get('SIZE'), element.get('CHECKSUMTYPE'), (element.get('CHECKSUM') or '').lower()
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]


def digest_of(package, name, algorithm):
    digest, size = hashlib.new(algorithm), 0
    with package.open(name) as stream:
        for chunk in iter(lambda: stream.read(1 << 20), b''):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def verify(package):
    """Sentences on what is wrong."""
    present, named = set(package.names), {'METS.xml'}
    if 'METS.xml' not in present:
        yield "METS.xml is missing"
        return
    pending = ['METS.xml']
    while pending:
        mets = pending.pop(0)
        for path, size, algorithm, digest in references(package, mets):
            if path not in present and unicodedata.normalize('NFD', path) in present:
                path = unicodedata.normalize('NFD', path)
            if path in named:
                continue
            named.add(path)
            if path not in present:
                yield f"missing: {path}"
                continue
            if algorithm not in ALGORITHMS:
                yield f"not checked, unknown kind of checksum {algorithm}: {path}"
                continue
            real_size, real_digest = digest_of(package, path, ALGORITHMS[algorithm])
            if real_digest != digest or (size and str(real_size) != size):
                yield f"changed: {path}"
            elif path.endswith('/METS.xml'):
                pending.append(path)
    for path in sorted(present - named):
        yield f"not named by any METS: {path}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('package', nargs='?', type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    path = parser.parse_args().package
    try:
        package = Folder(path) if path.is_dir() else Archive(path)
        defects = list(verify(package))
        _size, digest = digest_of(package, 'METS.xml', 'sha256') if 'METS.xml' in package.names else (0, 'none')
    except Exception as error:
        print(f"{path} cannot be judged: {error}", file=sys.stderr)
        return 2
    for defect in defects:
        print(defect)
    print(f"{path}: {len(package.names)} files, {len(defects)} defects; SHA-256 of METS.xml {digest}")
    return 1 if defects else 0


if __name__ == '__main__':
    sys.exit(main())
