"""The numbers of a register under real concurrency: no gap, no double, in date order.

The allocator is SQL, so it is proved on the database itself: the tables of the register are copied, with their
indexes, keys and triggers as they are in the catalogue, to a schema of their own, which goes away afterwards.
Every connection works as Odoo does, in REPEATABLE READ.
"""
import contextlib
import itertools
import random
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
from psycopg2 import errors
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, ISOLATION_LEVEL_REPEATABLE_READ

from odoo.sql_db import connection_info_for
from odoo.tests.common import get_db_name

DAY = '2025-03-05'
COPIED = ('civic_register', 'civic_register_entry')
PARENTS = ('res_company', 'res_users', 'civic_register_series', 'civic_document')
WAIT = 30


class Book:
    """A throw-away copy of the tables, and connections to it."""

    def __init__(self):
        self.schema = f'numbers_{uuid.uuid4().hex[:12]}'
        self.connections = []
        self.documents = itertools.count(1)
        self.registers = itertools.count(1)

    def connect(self, isolation=ISOLATION_LEVEL_REPEATABLE_READ):
        _database, info = connection_info_for(get_db_name())
        connection = psycopg2.connect(**info, options=f'-c search_path={self.schema},public')
        connection.set_isolation_level(isolation)
        self.connections.append(connection)
        return connection

    def run(self, statement, *arguments):
        """Run one statement in its own transaction; return its rows."""
        with contextlib.closing(self.connect(ISOLATION_LEVEL_AUTOCOMMIT)) as connection, connection.cursor() as cursor:
            cursor.execute(statement, arguments)
            return cursor.fetchall() if cursor.description else []

    def build(self):
        columns = dict(self.run(
            """SELECT table_name, string_agg(format('%%I %%s %%s', column_name, udt_name,
                                             CASE is_nullable WHEN 'NO' THEN 'NOT NULL' END), ', ')
                 FROM information_schema.columns WHERE table_schema = 'public' AND table_name = ANY(%s)
                GROUP BY table_name""", list(COPIED)))
        assert set(columns) == set(COPIED)
        self.run(f'CREATE SCHEMA {self.schema}')
        for table in PARENTS:
            self.run(f'CREATE TABLE {self.schema}.{table} (id integer PRIMARY KEY)')
        for table in COPIED:
            self.run(f'CREATE TABLE {self.schema}.{table} ({columns[table]})')
            self.run(f'CREATE SEQUENCE {self.schema}.{table}_id_seq')
            self.run(f"ALTER TABLE {table} ALTER id SET DEFAULT nextval('{self.schema}.{table}_id_seq')")
        for table, definition in self.run(
                """SELECT conrelid::regclass::text, format('ADD CONSTRAINT %%I %%s', conname, pg_get_constraintdef(oid))
                     FROM pg_constraint WHERE connamespace = 'public'::regnamespace
                      AND conrelid::regclass::text = ANY(%s) ORDER BY contype DESC""",
                [f'public.{table}' for table in COPIED]):
            if 'FOREIGN KEY' not in definition or f'REFERENCES {self.schema}' in definition or any(
                    f'REFERENCES {parent}(' in definition or f'REFERENCES public.{parent}(' in definition
                    for parent in (*PARENTS, *COPIED)):
                self.run(f"ALTER TABLE {table.removeprefix('public.')} {definition.replace('public.', '')}")
        for [definition] in self.run(
                """SELECT pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
                    WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s) AND indisunique AND NOT indisprimary
                    ORDER BY indexrelid""", list(COPIED)):
            self.run(definition.replace('public.', f'{self.schema}.'))
        for [definition] in self.run(
                """SELECT pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
                    WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s) AND NOT tgisinternal""", list(COPIED)):
            self.run(definition.replace('public.civic_register_entry', f'{self.schema}.civic_register_entry'))
        self.run('INSERT INTO res_company VALUES (1)')
        self.run('INSERT INTO res_users VALUES (1)')

    def drop(self):
        for connection in self.connections:
            connection.close()
        self.run(f'DROP SCHEMA {self.schema} CASCADE')

    def open_register(self):
        register = next(self.registers)
        self.run('INSERT INTO civic_register_series VALUES (%s)', register)
        self.run(
            """INSERT INTO civic_register (id, name, series_id, company_id, direction, year, date_open, state)
               VALUES (%s, 'Văn bản đi', %s, 1, 'outgoing', 2025, '2025-01-01', 'open')""", register, register)
        return register

    def add_documents(self, count=1):
        ids = list(itertools.islice(self.documents, count))
        self.run('INSERT INTO civic_document SELECT unnest(%s)', ids)
        return ids

    def numbers(self, register):
        return [number for [number] in self.run(
            'SELECT number FROM civic_register_entry WHERE register_id = %s ORDER BY number', register)]


def start(connection):
    """Begin a transaction and take its snapshot."""
    with connection.cursor() as cursor:
        cursor.execute('SELECT COUNT(*) FROM civic_register_entry')


def allocate(connection, register, documents, day=DAY, notation=None):
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT first_number, problem FROM civic_register_allocate(%s, %s::int[], %s::date[], %s::varchar[], 1)',
            (register, documents, [day] * len(documents), [notation] * len(documents)))
        number, problem = cursor.fetchone()
        return problem or number


@contextlib.contextmanager
def in_background(function, *arguments):
    """Run the call in a thread that is expected to wait; the future is yielded once it has begun to."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(function, *arguments)
        time.sleep(0.3)
        assert not future.done(), "it did not wait"
        yield future


@pytest.fixture(scope='module')
def book():
    book = Book()
    try:
        book.build()
        yield book
    finally:
        book.drop()


@pytest.fixture
def register(book):
    return book.open_register()


def test_the_copy_has_the_guards_of_the_original(book, register):
    [[indexes, triggers, keys]] = book.run(
        """SELECT (SELECT COUNT(*) FROM pg_index WHERE indrelid = 'civic_register_entry'::regclass AND indisunique),
                  (SELECT COUNT(*) FROM pg_trigger WHERE tgrelid = 'civic_register_entry'::regclass AND NOT tgisinternal),
                  (SELECT COUNT(*) FROM pg_constraint WHERE conrelid = 'civic_register_entry'::regclass AND contype = 'f')""")
    assert (indexes, triggers, keys) == (5, 3, 4)
    with pytest.raises(errors.InsufficientPrivilege):
        book.run("""INSERT INTO civic_register_entry
                    (register_id, company_id, year, number, number_date, document_id, user_id, numbered_at)
                    VALUES (%s, 1, 2025, 1, '2025-03-05', 1, 1, now())""", register)


def work(book, register, documents, seed, failures):
    """Get a number for each document, with rollbacks and whatever else happens; start over until it is there."""
    dice = random.Random(seed)
    connection = book.connect()
    pending = list(documents)
    while pending:
        try:
            start(connection)
            time.sleep(dice.uniform(0, 0.01))
            batch = pending[:dice.choice((1, 1, 1, 3))]
            answer = allocate(connection, register, batch)
            if answer != 'document':      # a commit that was cut off may have gone through
                assert isinstance(answer, int), answer
                time.sleep(dice.uniform(0, 0.003))
                if dice.random() < 0.2:
                    connection.rollback()
                    continue
                connection.commit()
                pending = pending[len(batch):]
                continue
            connection.rollback()
        except errors.SerializationFailure:
            failures.append('serialization')
            connection.rollback()
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            failures.append('killed')
            connection.close()
            connection = book.connect()
        done = {document for [document] in book.run(
            'SELECT document_id FROM civic_register_entry WHERE document_id = ANY(%s)', pending)}
        pending = [document for document in pending if document not in done]
    connection.close()


def hammer(book, register, threads, count, kill=False):
    documents = [book.add_documents(count) for _thread in range(threads)]
    failures = []
    stop = threading.Event()

    def killer():
        dice = random.Random(7)
        while not stop.wait(0.05):
            victims = book.run(
                """SELECT pid FROM pg_stat_activity
                    WHERE query LIKE %s AND pid <> pg_backend_pid() AND state <> 'idle'""",
                f'%civic_register_allocate({register},%')
            if victims:
                book.run('SELECT pg_terminate_backend(%s)', dice.choice(victims)[0])

    with ThreadPoolExecutor(threads + 1) as pool:
        if kill:
            killing = pool.submit(killer)
        workers = [
            pool.submit(work, book, register, documents[index], index, failures) for index in range(threads)]
        try:
            for worker in workers:
                worker.result()
        finally:
            stop.set()
        if kill:
            killing.result()
    assert book.numbers(register) == list(range(1, threads * count + 1))
    [[distinct]] = book.run('SELECT COUNT(DISTINCT document_id) FROM civic_register_entry WHERE register_id = %s', register)
    assert distinct == threads * count
    return failures


def test_no_gap_and_no_double_with_rollbacks(book, register):
    # the same day: nobody has to start over
    assert not hammer(book, register, threads=8, count=25)


def test_no_gap_and_no_double_when_connections_are_killed(book, register):
    failures = hammer(book, register, threads=8, count=25, kill=True)
    assert 'killed' in failures
    assert 'serialization' not in failures


def test_order_of_the_indexes_does_not_matter(book, register):
    """REINDEX CONCURRENTLY and a restored dump make the indexes in another order."""
    for name in ('civic_register_entry_number_date_uniq', 'civic_register_entry_number_uniq'):
        [[definition]] = book.run("SELECT pg_get_indexdef(%s::regclass)", name)
        book.run(f'DROP INDEX {name}')
        book.run(definition)
    [[definition]] = book.run("SELECT pg_get_indexdef('civic_register_entry_number_date_uniq'::regclass)")
    book.run('DROP INDEX civic_register_entry_number_date_uniq')
    book.run(definition)
    assert not hammer(book, register, threads=8, count=10)


def test_numbers_that_the_snapshot_does_not_show_are_passed_by(book, register):
    late, early = book.connect(), book.connect()
    documents = book.add_documents(28)
    start(late)
    assert [allocate(early, register, [document]) for document in documents[:4]] == [1, 2, 3, 4]
    early.commit()
    assert allocate(early, register, documents[4:24]) == 5
    early.commit()
    assert allocate(late, register, documents[24:27]) == 25
    assert allocate(late, register, documents[27:]) == 28
    late.commit()
    assert book.numbers(register) == list(range(1, 29))


@pytest.mark.parametrize('end', ['commit', 'rollback', 'savepoint', 'kill'])
def test_the_next_waits_for_the_end_of_the_one_before(book, register, end):
    first, second = book.connect(), book.connect()
    documents = book.add_documents(2)
    start(first)
    start(second)
    with first.cursor() as cursor:
        cursor.execute('SAVEPOINT before')
    assert allocate(first, register, documents[:1]) == 1
    with in_background(allocate, second, register, documents[1:]) as waiting:
        if end == 'kill':
            book.run('SELECT pg_terminate_backend(%s)', first.info.backend_pid)
        elif end == 'savepoint':
            with first.cursor() as cursor:
                cursor.execute('ROLLBACK TO before')
        else:
            getattr(first, end)()
        assert waiting.result(WAIT) == (2 if end == 'commit' else 1)
    second.commit()
    assert book.numbers(register) == ([1, 2] if end == 'commit' else [1])


def test_registers_do_not_wait_for_each_other(book, register):
    first, second = book.connect(), book.connect()
    assert allocate(first, register, book.add_documents()) == 1
    assert allocate(second, book.open_register(), book.add_documents()) == 1
    first.rollback()
    second.rollback()


@pytest.mark.parametrize(('day', 'after'), [('2025-03-04', 'date'), ('2025-03-06', 3), (DAY, 3)])
def test_date_order_holds_against_numbers_that_the_snapshot_does_not_show(book, register, day, after):
    late, early = book.connect(), book.connect()
    [document] = book.add_documents()
    start(late)
    allocate(early, register, book.add_documents(2))
    early.commit()
    if day == DAY:
        assert allocate(late, register, [document], day) == after
    else:
        with pytest.raises(errors.SerializationFailure):
            allocate(late, register, [document], day)
        late.rollback()
        # as Odoo does by itself: once more, with a new snapshot
        assert allocate(late, register, [document], day) == after
    late.commit()
    days = book.run('SELECT number_date FROM civic_register_entry WHERE register_id = %s ORDER BY number', register)
    assert days == sorted(days)


def test_two_clerks_cannot_number_the_same_document(book, register):
    first, second = book.connect(), book.connect()
    document = book.add_documents()
    start(second)
    assert allocate(first, register, document) == 1
    with in_background(allocate, second, register, document) as waiting:
        first.commit()
        assert waiting.result(WAIT) == 'document'
    second.commit()
    assert book.numbers(register) == [1]


def test_reference_is_given_once_a_year_across_registers(book, register):
    other = book.open_register()
    first, second = book.connect(), book.connect()
    [document] = book.add_documents()
    start(second)
    notation = f'QĐ-{register}'
    assert allocate(first, register, book.add_documents(), notation=notation) == 1
    with in_background(allocate, second, other, [document], DAY, notation) as waiting:
        first.commit()
        with pytest.raises(errors.SerializationFailure):
            waiting.result(WAIT)
    second.rollback()
    assert allocate(second, other, [document], notation=notation) == 'reference'
    second.commit()
    assert book.numbers(other) == []


def test_no_number_is_given_in_a_register_that_is_being_closed(book, register):
    late, closer = book.connect(), book.connect(ISOLATION_LEVEL_AUTOCOMMIT)
    close = f"UPDATE civic_register SET state = 'closed' WHERE id = {register}"
    assert allocate(late, register, book.add_documents()) == 1
    with closer.cursor() as cursor:
        cursor.execute("SET lock_timeout = '300ms'")
        with pytest.raises(errors.LockNotAvailable):
            cursor.execute(close)
        late.commit()
        document = book.add_documents()
        start(late)
        cursor.execute(close)
    with pytest.raises(errors.SerializationFailure):
        allocate(late, register, document)
    late.rollback()
    assert allocate(late, register, document) == 'closed'
    assert book.numbers(register) == [1]
