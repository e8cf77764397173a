"""Run eark-validator on packages without the network: python eark_launcher.py VERSION PATH… prints a JSON object."""
import importlib.util
import io
import json
import pathlib
import sys
import urllib.request

spec = importlib.util.find_spec('eark_validator')
vocabularies = pathlib.Path(next(iter(spec.submodule_search_locations))) / 'ipxml' / 'resources' / 'vocabs'
urllib.request.urlopen = lambda url, *_args, **_options: io.BytesIO((vocabularies / url.rsplit('/', 1)[1]).read_bytes())


def main():
    from eark_validator.packages import PackageValidator
    from eark_validator.specifications.specification import SpecificationVersion
    verdicts = {}
    for path in sys.argv[2:]:
        try:
            report = PackageValidator(pathlib.Path(path), SpecificationVersion(sys.argv[1])).validation_report
            metadata = report.metadata
            verdicts[path] = {
                'structure': report.structure.status.value, 'schema': metadata.schema_results.status.value,
                'errors': sorted({message.rule_id for message in metadata.schematron_results.messages
                if message.severity.value == 'Error'}),
            }
        except Exception as error:
            print(f'{path}: {error!r}', file=sys.stderr)
            verdicts[path] = None
    json.dump(verdicts, sys.stdout)


if __name__ == '__main__':
    main()
