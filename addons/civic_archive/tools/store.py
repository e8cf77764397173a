"""Where packages lie: folders on a medium of their own, or object storage that speaks S3; plain Python.

A store knows keys and bytes, nothing of what they are. Whatever is interrupted leaves either the whole file under its
key or nothing there: bytes go to a temporary name, are brought to the medium, then renamed.
"""
import contextlib
import errno
import hashlib
import math
import os
import re
import shutil
import uuid
from pathlib import Path

CHUNK = 1024 * 1024
PART = 64 * CHUNK
TEMPORARY = '.writing-'
KEY = re.compile(r'(?!\.)[\w.-]+(?:/(?!\.)[\w.-]+)*', re.ASCII)


class StoreFailed(Exception):
    """``code`` is 'unreachable', 'full', 'missing', 'changed', 'refused' or 'broken'."""

    def __init__(self, code, detail=''):
        super().__init__(detail or code)
        self.code = code


def as_failure(error, what='', absent='missing'):
    """Return what an error of the system means for a store."""
    code = {
        errno.ENOSPC: 'full', errno.EDQUOT: 'full', errno.EFBIG: 'full', errno.ENOENT: absent,
        errno.EACCES: 'refused', errno.EPERM: 'refused', errno.EROFS: 'refused', errno.EIO: 'broken',
    }.get(error.errno, 'unreachable')
    return StoreFailed(code, ': '.join(filter(None, [str(what or error.filename or ''), error.strerror or str(error)])))


@contextlib.contextmanager
def _translated(what, absent='missing'):
    try:
        yield
    except OSError as error:
        raise as_failure(error, what, absent) from None


def digest_of(path):
    """Return SHA-256 and size of a file, read once."""
    digest, size = hashlib.sha256(), 0
    buffer = bytearray(CHUNK)
    view = memoryview(buffer)
    with open(path, 'rb', buffering=0) as stream:
        _advise(stream, os.POSIX_FADV_SEQUENTIAL)
        while count := stream.readinto(buffer):
            digest.update(view[:count])
            size += count
    return digest.hexdigest(), size


def bring(source, target):
    """Have the bytes of a file under another name as well, whole or not at all; the file at ``source`` stays.

    :raises StoreFailed: what was at ``target`` before is still there
    """
    target = Path(target)
    temporary = target.with_name(f'{TEMPORARY}{uuid.uuid4().hex}')
    try:
        with _translated(target):
            try:
                os.link(source, temporary)
            except OSError:                 # another volume, or one without links
                shutil.copyfile(source, temporary)
            with open(temporary, 'rb') as stream:
                os.fsync(stream.fileno())
            os.utime(temporary)
            os.replace(temporary, target)
            _sync_folder(target.parent)
    finally:
        # also after success: two names of one file are not renamed onto each other
        with contextlib.suppress(OSError):
            temporary.unlink()


def _sync_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _advise(stream, advice):
    with contextlib.suppress(OSError, AttributeError):
        os.posix_fadvise(stream.fileno(), 0, 0, advice)


def check_key(key):
    if not KEY.fullmatch(key) or len(key) > 500:
        raise StoreFailed('refused', f'not a key: {key[:80]}')
    return key


class FileStore:
    """A folder on a mounted medium. It is never created: a medium that is not mounted is a store that is not there."""

    def __init__(self, root):
        self.root = Path(root)

    def check(self):
        if not self.root.is_dir():
            raise StoreFailed('unreachable', str(self.root))
        if not os.access(self.root, os.W_OK):
            raise StoreFailed('refused', str(self.root))

    def get_medium(self):
        """Two folders with the same answer lie on one device."""
        with _translated(self.root):
            return f'device:{os.stat(self.root).st_dev}'

    def get_path(self, key):
        return self.root / check_key(key)

    def write(self, key, source, *, sha256):  # pylint: disable=method-required-super  # no model
        """Bring the file at ``source`` under the key; what is there already with this digest stays.

        :return: the size
        :raises StoreFailed: nothing is under the key then that was not there before
        """
        self.check()
        target = self.get_path(key)
        with _translated(target, 'unreachable'):
            target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f'{TEMPORARY}{uuid.uuid4().hex}')
        digest = hashlib.sha256()
        buffer = bytearray(CHUNK)
        view = memoryview(buffer)
        size = 0
        try:
            with (
                _translated(target, 'unreachable'), open(source, 'rb', buffering=0) as reading,
                open(temporary, 'xb', buffering=0) as writing,
            ):
                _advise(reading, os.POSIX_FADV_SEQUENTIAL)
                while count := reading.readinto(buffer):
                    part = view[:count]
                    digest.update(part)
                    size += count
                    while part:
                        part = part[writing.write(part):]
                os.fsync(writing.fileno())
                # the check that follows shall read the medium, not the memory
                _advise(writing, os.POSIX_FADV_DONTNEED)
            if digest.hexdigest() != sha256:
                raise StoreFailed('changed', str(source))
            with _translated(target, 'unreachable'):
                os.replace(temporary, target)
                _sync_folder(target.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        return size

    def digest(self, key):
        """Return SHA-256 and size of what is under the key."""
        self.check()
        path = self.get_path(key)
        with _translated(path):
            return digest_of(path)

    def fetch(self, key, target):
        """Copy what is under the key into a file; return its SHA-256 and size."""
        self.check()
        path = self.get_path(key)
        with _translated(path):
            shutil.copyfile(path, target)
        return digest_of(target)

    def delete(self, key):
        with _translated(key), contextlib.suppress(FileNotFoundError):
            self.get_path(key).unlink()

    def iter_keys(self, prefix=''):
        """Yield the keys of whole files, in order."""
        self.check()
        start = self.root / prefix if prefix else self.root
        for folder, folders, names in os.walk(start):
            folders.sort()
            for name in sorted(names):
                if not name.startswith(TEMPORARY):
                    yield os.path.relpath(os.path.join(folder, name), self.root)

    def sweep(self, before=math.inf):
        """Remove what writing that was interrupted before that moment (a time stamp) left; return how many files that were."""
        self.check()
        count = 0
        for path in self.root.rglob(f'{TEMPORARY}*'):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()
                    count += 1
        return count

    def get_free(self):
        with _translated(self.root):
            return shutil.disk_usage(self.root).free


class S3Store:
    """A bucket of object storage that speaks S3. An object appears as a whole or not at all: the protocol says so."""

    def __init__(self, *, endpoint, bucket, prefix='', access_key, secret_key, region='us-east-1'):
        import boto3  # optional: only where object storage is used
        from botocore.config import Config
        self.bucket, self.prefix, self.endpoint = bucket, prefix.strip('/'), endpoint
        self.client = boto3.client(
            's3', endpoint_url=endpoint, aws_access_key_id=access_key, aws_secret_access_key=secret_key, region_name=region,
            config=Config(
                connect_timeout=5, read_timeout=120, retries={'max_attempts': 2}, s3={'addressing_style': 'path'},
                request_checksum_calculation='when_required', response_checksum_validation='when_required'))

    @contextlib.contextmanager
    def _translated(self, what):
        from boto3.exceptions import Boto3Error
        from botocore.exceptions import BotoCoreError, ClientError
        try:
            yield
        except (BotoCoreError, Boto3Error, ClientError) as failure:
            # the transfer manager hides what the server said in an error of its own
            error = failure if isinstance(failure, ClientError) else failure.__context__
            if not isinstance(error, ClientError):
                raise StoreFailed('unreachable', f'{what}: {failure}'[:500]) from None
            name = error.response.get('Error', {}).get('Code', '')
            status = error.response.get('ResponseMetadata', {}).get('HTTPStatusCode')
            code = 'missing' if status == 404 else 'refused' if status in (401, 403) else 'full' if status == 507 else 'broken'
            raise StoreFailed(code, f'{what}: {name}') from None

    def _name(self, key):
        return '/'.join(filter(None, [self.prefix, check_key(key)]))

    def check(self):
        with self._translated(self.bucket):
            self.client.head_bucket(Bucket=self.bucket)

    def get_medium(self):
        return f's3:{self.endpoint}'

    def write(self, key, source, *, sha256):  # pylint: disable=method-required-super  # no model
        from boto3.s3.transfer import TransferConfig
        found, size = digest_of(source)
        if found != sha256:
            raise StoreFailed('changed', str(source))
        with self._translated(key):
            self.client.upload_file(
                str(source), self.bucket, self._name(key), ExtraArgs={'Metadata': {'sha256': sha256}},
                Config=TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, use_threads=False))
        return size

    def _iter_chunks(self, key):
        with self._translated(key):
            body = self.client.get_object(Bucket=self.bucket, Key=self._name(key))['Body']
            yield from body.iter_chunks(CHUNK)

    def digest(self, key):
        digest, size = hashlib.sha256(), 0
        for chunk in self._iter_chunks(key):
            digest.update(chunk)
            size += len(chunk)
        return digest.hexdigest(), size

    def fetch(self, key, target):
        digest, size = hashlib.sha256(), 0
        with open(target, 'wb') as output:
            for chunk in self._iter_chunks(key):
                with _translated(target):
                    output.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        return digest.hexdigest(), size

    def delete(self, key):
        with self._translated(key):
            self.client.delete_object(Bucket=self.bucket, Key=self._name(key))

    def iter_keys(self, prefix=''):
        start = '/'.join(filter(None, [self.prefix, prefix]))
        with self._translated(self.bucket):
            for page in self.client.get_paginator('list_objects_v2').paginate(Bucket=self.bucket, Prefix=start):
                for item in page.get('Contents', ()):
                    yield item['Key'].removeprefix(f'{self.prefix}/') if self.prefix else item['Key']

    def sweep(self, before=math.inf):
        """Give up uploads of this store that were begun before that moment and never ended; return how many those were."""
        count = 0
        start = f'{self.prefix}/' if self.prefix else ''
        with self._translated(self.bucket):
            pages = self.client.get_paginator('list_multipart_uploads').paginate(Bucket=self.bucket, Prefix=start)
            for upload in [upload for page in pages for upload in page.get('Uploads', ())]:
                if upload['Key'].startswith(start) and upload['Initiated'].timestamp() < before:
                    self.client.abort_multipart_upload(Bucket=self.bucket, Key=upload['Key'], UploadId=upload['UploadId'])
                    count += 1
        return count

    def get_free(self):
        return None
