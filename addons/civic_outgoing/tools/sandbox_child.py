"""The process in which files from outside are parsed; started by :mod:`sandbox` under limits, never imported by Odoo.

It knows the modules of its folder as a package of their own, without the server or its add-ons.
"""
import importlib
import json
import os
import sys
import types

PACKAGE = 'outgoing_tools'


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    package = types.ModuleType(PACKAGE)
    package.__path__ = [here]
    sys.modules[PACKAGE] = package
    sandbox = importlib.import_module(f'{PACKAGE}.sandbox')
    finding = importlib.import_module(f'{PACKAGE}.finding')
    sandbox.is_child = True
    with open(sys.argv[1], encoding='utf-8') as file:
        request = json.load(file)
    try:
        function = getattr(importlib.import_module(f"{PACKAGE}.{request['module']}"), request['name'])
        answer = {'result': sandbox.encode(function(*sandbox.decode(request['args']), **sandbox.decode(request['kwargs'])))}
    except finding.ToolError as error:
        answer = {'code': error.code, 'params': error.params}
    except MemoryError:
        answer = {'code': 'limit', 'params': {}}
    except Exception:                   # whatever a library throws at a hostile file is one answer
        answer = {'code': 'crash', 'params': {}}
    json.dump(answer, sys.stdout)


if __name__ == '__main__':
    sys.path.pop(0)                     # the folder of this file: its names must shadow no library
    main()
