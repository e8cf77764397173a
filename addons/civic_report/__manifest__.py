{
    'name': "Civic Records: Reports",
    'summary': "How paper looks: page frame, fonts, tables, stamps and labels as PDF, XLSX and DOCX",
    'version': '19.0.1.0.0',
    'category': 'Services/Civic Records',
    'author': 'Civic Records',
    'license': 'LGPL-3',
    'depends': ['civic_journal'],
    'external_dependencies': {'python': ['reportlab', 'xlsxwriter', 'python-docx', 'pikepdf']},
    'data': [],
}
