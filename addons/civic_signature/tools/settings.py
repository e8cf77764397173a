"""What only the operator of the server says: the section ``[civic]`` of its configuration file; plain Python.

Programs to load, folders of keys and pass words of services stand there and not in the database, where an
administrator of the application could change them.
"""
import os
from configparser import ConfigParser
from functools import cache
from typing import NamedTuple


class Settings(NamedTuple):
    """
    ``signature_keys`` is the folder of encrypted keys, ``signature_master_key`` the file that opens them,
    ``pkcs11_module`` the library of tokens or HSM, ``csc_url`` and ``csc_token`` the remote signing service.
    """

    signature_keys: str
    signature_master_key: str
    pkcs11_module: str
    csc_url: str
    csc_token: str


@cache
def read_settings(path, data_dir):
    """Return the settings of a configuration file; it is read once per process.

    :param str path: of the file, or None
    :param str data_dir: where keys lie unless the file says otherwise
    """
    parser = ConfigParser(interpolation=None)
    parser.read(path or ())

    def get(name):
        return parser.get('civic', name, fallback='').strip()

    return Settings(
        get('signature_keys') or os.path.join(data_dir, 'civic-keys'), get('signature_master_key'),
        get('pkcs11_module'), get('csc_url'), get('csc_token'))
