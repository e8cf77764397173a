{
    'name': "Civic Records: a national database for tests",
    'summary': "Stands at the other end of an archive's feed: keeps what it is told, refuses what has no title, answers",
    'version': '19.0.1.0.0',
    'author': 'Civic Records',
    'license': 'LGPL-3',
    'category': 'Hidden',
    'depends': ['civic_archive'],
    'data': ['security/ir.model.access.csv'],
}
