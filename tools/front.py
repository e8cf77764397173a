#!/usr/bin/env python3
"""One address for a multi-process Odoo: what a proxy is in production, without its rights and duties.

    front.py PORT ODOO_CONF

Odoo's workers cannot hold a websocket open; its event server, on a port of its own, can. A browser opens a new
connection for each websocket, so the first line of a connection decides where all of it goes.
"""
import asyncio
import configparser
import contextlib
import sys

CHUNK = 1 << 16
FIRST_LINE_SECONDS = 120        # a browser opens spare connections and leaves them silent


async def _pour(reader, writer):
    """Copy until the end, and pass the end on."""
    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


def front(workers, events):
    """The handler of one connection, for the ports of the workers and of the event server."""
    async def serve(reader, writer):
        upstream = None
        try:
            first_line = await asyncio.wait_for(reader.readline(), FIRST_LINE_SECONDS)
            if first_line:
                port = events if first_line.startswith(b'GET /websocket') else workers
                upstream_reader, upstream = await asyncio.open_connection('127.0.0.1', port)
                upstream.write(first_line)
                request = asyncio.ensure_future(_pour(reader, upstream))
                await _pour(upstream_reader, writer)
                request.cancel()
        except (OSError, ValueError, asyncio.TimeoutError):
            pass                                      # the browser went away, or the server is restarting
        finally:
            for end in (upstream, writer):
                if end:
                    end.close()
    return serve


async def main(port, configuration):
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(configuration, encoding='utf-8')
    options = parser['options']
    handler = front(options.getint('http_port'), options.getint('gevent_port'))
    server = await asyncio.start_server(handler, '127.0.0.1', port, backlog=512)
    async with server:
        await server.serve_forever()


if __name__ == '__main__':
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
