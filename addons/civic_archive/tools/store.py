"""Where packages lie: folders on a medium of their own, or object storage that speaks S3; plain Python.

A store knows keys and bytes, nothing of what they are. Whatever is interrupted leaves either the whole file under its
key or nothing there: bytes go to a temporary name, are brought to the medium, then renamed.
"""
import contextlib
import errno
import hashlib
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


@contextlib.contextmanager
def _translated(what):
    try:
        yield
    except OSError as error:
        code = {
            errno.ENOSPC: 'full', errno.EDQUOT: 'full', errno.EFBIG: 'full', errno.ENOENT: 'missing',
            errno.EACCES: 'refused', errno.EPERM: 'refused', errno.EROFS: 'refused', errno.EIO: 'broken',
        }.get(error.errno, 'unreachable')
        raise StoreFailed(code, f'{what}: {error.strerror or error}') from None


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
        with _translated(target):
            target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f'{TEMPORARY}{uuid.uuid4().hex}')
        digest = hashlib.sha256()
        buffer = bytearray(CHUNK)
        view = memoryview(buffer)
        size = 0
        try:
            with _translated(target), open(source, 'rb', buffering=0) as reading, open(temporary, 'xb', buffering=0) as writing:
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
            with _translated(target):
                os.replace(temporary, target)
                self._sync_folder(target.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        return size

    def _sync_folder(self, folder):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

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

    def sweep(self):
        """Remove what interrupted writing left; return how many files that were."""
        self.check()
        count = 0
        for path in self.root.rglob(f'{TEMPORARY}*'):
            with contextlib.suppress(OSError):
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
        except ClientError as error:
            name = error.response.get('Error', {}).get('Code', '')
            status = error.response.get('ResponseMetadata', {}).get('HTTPStatusCode')
            code = 'missing' if status == 404 else 'refused' if status in (401, 403) else 'full' if status == 507 else 'broken'
            raise StoreFailed(code, f'{what}: {name}') from None
        except (BotoCoreError, Boto3Error) as error:
            raise StoreFailed('unreachable', f'{what}: {error}'[:500]) from None

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

    def sweep(self):
        """Give up uploads that were interrupted."""
        count = 0
        with self._translated(self.bucket):
            for upload in self.client.list_multipart_uploads(Bucket=self.bucket).get('Uploads', ()):
                self.client.abort_multipart_upload(Bucket=self.bucket, Key=upload['Key'], UploadId=upload['UploadId'])
                count += 1
        return count

    def get_free(self):
        return None
