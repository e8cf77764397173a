{
    'name': "Civic Records: the bare model",
    'summary': "The floor of the benchmarks: a mail.thread model with as many fields as a document",
    'version': '19.0.1.0.0',
    'author': 'Civic Records',
    'license': 'LGPL-3',
    'category': 'Hidden',
    'depends': ['mail', 'hr'],
    'data': ['security/ir.model.access.csv'],
}
