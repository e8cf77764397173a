"""What only the operator of the server says: the section ``[civic]`` of its configuration file; plain Python."""
import os
from configparser import ConfigParser
from functools import cache
from typing import NamedTuple


class Settings(NamedTuple):
    """
    ``transport_keys`` is the folder of encrypted keys and tokens, ``transport_master_key`` the file that opens them,
    ``transport_root`` the folder below which hot folders lie, ``transport_partial`` where deliveries grow.
    """

    transport_keys: str
    transport_master_key: str
    transport_root: str
    transport_partial: str


@cache
def read_settings(path, data_dir):
    """Return the settings of a configuration file; it is read once per process.

    :param str path: of the file, or None
    :param str data_dir: where things lie unless the file says otherwise
    """
    parser = ConfigParser(interpolation=None)
    parser.read(path or ())

    def get(name, folder):
        return parser.get('civic', name, fallback='').strip() or (folder and os.path.join(data_dir, folder))

    return Settings(
        get('transport_keys', 'civic-transport-keys'), get('transport_master_key', ''),
        get('transport_root', 'civic-transport'), get('transport_partial', 'civic-partial'))
