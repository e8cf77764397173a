"""Small recordings and e-mails as they come from outside."""
import io
import struct
import wave
from email import message_from_bytes, policy
from email.message import EmailMessage

import pillow_heif
from PIL import Image


def make_wav(samples=800):
    target = io.BytesIO()
    with wave.open(target, 'wb') as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b'\x80' * samples)
    return target.getvalue()


def make_heic(width=400, height=300):
    """Return a photo as telephones make it."""
    target = io.BytesIO()
    pillow_heif.from_pillow(Image.new('RGB', (width, height), 'navy')).save(target, quality=50)
    return target.getvalue()


def make_mp3():
    return b'ID3\x03\0\0\0\0\0\x0a' + bytes(10) + (b'\xff\xfb\x90\x64' + bytes(413)) * 20


def make_ogg():
    return (b'OggS\0\x02' + bytes(8) + b'\x01\0\0\0' + bytes(8) + b'\x01\x1e\x01vorbis' + bytes(4) + b'\x02\x44\xac\0\0'
            + bytes(13) + b'\xb8\x01')


def make_webm():
    return bytes.fromhex(
        '1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878104428581021853806701') + bytes(40)


def _box(kind, *parts):
    data = b''.join(parts)
    return struct.pack('>I', len(data) + 8) + kind + data


def make_mp4(brand=b'isom'):
    return (_box(b'ftyp', brand, struct.pack('>I', 512), b'isomiso2mp41') + _box(b'moov', _box(b'mvhd', bytes(100)))
            + _box(b'mdat', b'x' * 100))


def make_email(text, *, html=None, attachments=(), **headers):
    """Return the bytes of an e-mail; ``attachments`` are (name, bytes), other e-mails among them."""
    message = EmailMessage()
    for name, value in {
        'From': "Sở Nội vụ <noivu@example.vn>", 'To': 'vanthu@example.vn', 'Subject': "Góp ý dự thảo quy chế",
        'Date': 'Mon, 02 Mar 2026 08:00:00 +0700', **headers,
    }.items():
        message[name] = value
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype='html')
    for name, raw in attachments:
        if name.endswith('.eml'):
            message.add_attachment(message_from_bytes(raw, policy=policy.default), filename=name)
            continue
        message.add_attachment(raw, maintype='application', subtype='octet-stream', filename=name)
    return message.as_bytes()
