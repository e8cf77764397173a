"""Fill a database with many documents in minutes: set-based SQL, indexes of the text built at the end.

The rows look like those of the product (states, units, assignments, searchable text), but they have no
files and no journal: what is measured over them are lists and searches.
"""
from __future__ import annotations

WORDS = """
kế hoạch triển khai thực hiện công tác văn thư lưu trữ năm báo cáo tổng kết đánh giá kết quả cải cách hành chính
quản lý đất đai quy hoạch xây dựng giao thông thoát nước chống ngập môi trường giáo dục đào tạo y tế dự phòng
ngân sách đầu tư công giải ngân vốn chuyển đổi số dữ liệu dùng chung an toàn thông tin tuyển dụng viên chức
bổ nhiệm cán bộ thi đua khen thưởng tiếp công dân giải quyết khiếu nại phòng cháy chữa cháy du lịch văn hóa thể thao
bảo tồn di tích nhà ở tái định cư cấp phép kinh doanh hộ tịch chứng thực thẩm định hồ sơ phê duyệt dự toán
""".split()
# Words that few documents have: what a search looks for.  One in RARE_EVERY has the first, and so on.
RARE = ('metro', 'kênh', 'bonsai')
OPEN_COUNT = 600                                  # the newest ones are still being dealt with, whatever the size
RARE_COUNT = 40                                   # documents that have the rare word, whatever the size

DOCUMENTS = """
INSERT INTO civic_document (
    identifier, company_id, direction, state, type_id, code_number, code_notation, reference, reference_key,
    issue_date, issuer_id, subject, language, page_count, signer_name, urgency, access_level, circulation_mark,
    deadline, arrival_date, date_sort, register_number, register_label, registered_at, registered_by_id, unit_id,
    urgency_rank, submit_deadline, held_since, signature_state, done_at, create_uid, create_date, write_uid, write_date)
SELECT md5('civic' || n)::uuid::text, units.companies[1 + n %% cardinality(units.ids)], 'incoming',
       CASE WHEN n > %(size)s - %(open)s THEN (ARRAY['registered', 'assigned', 'handling'])[1 + n %% 3] ELSE 'done' END,
       types.ids[1 + n %% cardinality(types.ids)], n::text, 'KH-UBND', n || '/KH-UBND', n || '/kh-ubnd',
       day - 2, issuers.ids[1 + (n * 7) %% cardinality(issuers.ids)],
       concat_ws(' ', w[1 + n %% wn], w[1 + (n / 3) %% wn], w[1 + (n / 7) %% wn], w[1 + (n / 11) %% wn],
                 w[1 + (n * 13) %% wn], w[1 + (n * 17) %% wn], CASE WHEN n %% %(rare_step)s = 0 THEN %(rare)s END),
       'vi', 1 + n %% 20, 'Người ký ' || n %% 97, (ARRAY['normal', 'normal', 'normal', 'urgent'])[1 + n %% 4],
       'agency', 'none', day + 15, day, day, n, n::text, day, %(user)s,
       units.ids[1 + n %% cardinality(units.ids)], (n %% 4) / 3, day + 1, day, 'unknown',
       CASE WHEN n <= %(size)s - %(open)s THEN LEAST(day + CASE WHEN n %% 16 = 0 THEN 18 ELSE 13 END, %(today)s::date) END,
       %(user)s, day, %(user)s, day
  FROM generate_series(1, %(size)s) AS n,
       LATERAL (SELECT %(today)s::date - ((%(size)s - n)::bigint * 1000 / %(size)s)::int AS day) AS days,
       (SELECT array_agg(id) AS ids FROM civic_document_type WHERE kind = 'administrative') AS types,
       (SELECT array_agg(id) AS ids FROM res_partner WHERE is_agency) AS issuers,
       (SELECT array_agg(id ORDER BY id) AS ids, array_agg(company_id ORDER BY id) AS companies
          FROM hr_department WHERE company_id = ANY(%(companies)s)) AS units,
       (SELECT %(words)s::text[] AS w, cardinality(%(words)s::text[]) AS wn) AS vocabulary
"""
TEXTS = """
INSERT INTO civic_document_text (document_id, company_id, body, tsv)
SELECT id, company_id, NULL, setweight(to_tsvector('simple', translate(lower(unaccent(subject)), 'đ', 'd')), 'A')
  FROM civic_document d
 WHERE NOT EXISTS (SELECT FROM civic_document_text t WHERE t.document_id = d.id)
"""
ASSIGNMENTS = """
INSERT INTO civic_assignment (document_id, company_id, kind, unit_id, assigned_by_id, assigned_at, state, deadline,
                              create_uid, create_date, write_uid, write_date)
SELECT id, company_id, 'lead', unit_id, %(user)s, create_date,
       CASE state WHEN 'assigned' THEN 'pending' WHEN 'handling' THEN 'handling' ELSE 'done' END, deadline,
       %(user)s, create_date, %(user)s, create_date
  FROM civic_document d
 WHERE state IN ('assigned', 'handling', 'done') AND unit_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM civic_assignment a WHERE a.document_id = d.id)
"""
CONCERNED = """
INSERT INTO civic_document_hr_department_rel (civic_document_id, hr_department_id)
SELECT id, unit_id FROM civic_document WHERE unit_id IS NOT NULL ON CONFLICT DO NOTHING
"""


INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
 WHERE indrelid = %s::regclass AND NOT indisunique ORDER BY 1
"""


def load(connection, size: int, *, company: int, user: int, today: str) -> None:
    """Add ``size`` incoming documents of one agency to the database."""
    with connection.cursor() as cursor:
        _prepare(cursor)
        cursor.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'civic_document_text__tsv_idx'")
        [text_index] = cursor.fetchone()
        cursor.execute("DROP INDEX civic_document_text__tsv_idx")
        parameters = _get_parameters(size, [company], user, today, OPEN_COUNT)
        for statement in (DOCUMENTS, TEXTS, ASSIGNMENTS, CONCERNED):
            cursor.execute(statement, parameters)
        cursor.execute(text_index)
        for table in ('civic_document', 'civic_document_text', 'civic_assignment', 'civic_document_hr_department_rel'):
            cursor.execute(f"VACUUM (ANALYZE) {table}")


def load_rows(connection, size: int, *, companies: list[int], user: int, today: str) -> None:
    """Add ``size`` rows of the table of documents alone, of many agencies and their units; one in 200 is open.

    Indexes that are not unique are made again when all rows are there.
    """
    with connection.cursor() as cursor:
        _prepare(cursor)
        cursor.execute(INDEXES, ['civic_document'])
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(DOCUMENTS, _get_parameters(size, companies, user, today, size // 200))
        for _name, definition in indexes:
            cursor.execute(definition)
        cursor.execute("VACUUM (ANALYZE) civic_document")


def _prepare(cursor) -> None:
    cursor.execute("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; SET work_mem = '64MB'")
    cursor.execute("SET session_replication_role = replica")        # no foreign-key check per row


def _get_parameters(size: int, companies: list[int], user: int, today: str, open_count: int) -> dict:
    return {'size': size, 'companies': companies, 'user': user, 'today': today, 'words': WORDS, 'rare': RARE[0],
            'open': open_count, 'rare_step': max(1, size // RARE_COUNT)}
