"""Do what parses a file from outside in a child process with limits of time and memory; plain Python.

A function marked with :func:`in_child` runs in ``sandbox_child.py`` whoever calls it; ``function.here(…)`` runs it in this
process, for tests and tools on files of our own. Arguments and results are data: texts, numbers, lists, dicts, bytes, sets
and findings.
"""
import base64
import functools
import inspect
import json
import os
import sys
import tempfile
from pathlib import Path

from .finding import MESSAGES, Finding, ToolError

CHILD = Path(__file__).with_name('sandbox_child.py')
TIMEOUT = 30
MEMORY = 1536 * 1024 * 1024
MAX_OUTPUT = 192 * 1024 * 1024
is_child = False                # set by sandbox_child.py


def in_child(timeout=TIMEOUT):
    """Make a decorator for a function of a module of this folder.

    :raises ToolError: 'limit' or 'crash' besides what the function itself raises
    """
    def decorate(function):
        signature = inspect.signature(function)

        @functools.wraps(function)
        def call(*args, **kwargs):
            bound = signature.bind(*args, **kwargs)
            if is_child:
                return function(*bound.args, **bound.kwargs)
            module = function.__module__.rpartition('.')[2]
            return _ask(module, function.__name__, bound.args, bound.kwargs, timeout)

        call.here = function
        return call
    return decorate


def _ask(module, name, args, kwargs, timeout):
    from odoo.addons.civic_document.tools.limited import ProgramFailed, run  # a plain module, too

    with tempfile.TemporaryDirectory(prefix='civic-outgoing-') as folder:
        request = os.path.join(folder, 'request.json')
        with open(request, 'w', encoding='utf-8') as file:
            json.dump({'module': module, 'name': name, 'args': encode(list(args)), 'kwargs': encode(kwargs)}, file)
        try:
            raw = run(
                [sys.executable, '-s', str(CHILD), request], timeout=timeout, memory=MEMORY, max_output=MAX_OUTPUT,
                environment={
                    'PYTHONPATH': os.pathsep.join(filter(None, sys.path)), 'PYTHONDONTWRITEBYTECODE': '1', 'TMPDIR': folder,
                })
        except ProgramFailed as error:
            raise ToolError('limit' if error.code in ('timeout', 'too_large') else 'crash') from error
    try:
        answer = json.loads(raw)
    except ValueError as error:
        raise ToolError('crash') from error
    if 'code' in answer:
        code = answer['code'] if answer['code'] in MESSAGES else 'crash'
        raise ToolError(code, **(answer['params'] if code == answer['code'] else {}))
    return decode(answer['result'])


def encode(value):
    """Return the value as JSON knows it."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {'$bytes': base64.b64encode(bytes(value)).decode()}
    if isinstance(value, (set, frozenset)):
        return {'$set': [encode(item) for item in sorted(value)]}
    if isinstance(value, Finding):
        return {'$finding': value.to_dict()}
    if isinstance(value, dict):
        return {'$dict': [[encode(key), encode(item)] for key, item in value.items()]}
    if isinstance(value, (list, tuple)):
        return [encode(item) for item in value]
    if hasattr(value, 'isoformat'):
        return value.isoformat()
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if hasattr(value, '__iter__'):
        return [encode(item) for item in value]
    raise TypeError(type(value).__name__)


def decode(value):
    """The reverse of :func:`encode`; tuples come back as lists."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if isinstance(value, dict):
        (kind, inner), = value.items()
        if kind == '$bytes':
            return base64.b64decode(inner)
        if kind == '$set':
            return set(decode(inner))
        if kind == '$finding':
            return Finding.from_dict(inner)
        return {decode(key): decode(item) for key, item in inner}
    return value
