{
    'name': "Civic Records: packages",
    'version': '19.0.1.0.0',
    'category': 'Services/Civic Records',
    'summary': "Information packages (SIP, AIP, DIP) written, read and checked in plain Python",
    'author': 'Civic Records',
    'license': 'LGPL-3',
    'depends': ['base'],
    'external_dependencies': {'python': ['lxml', 'eark-validator', 'xlsxwriter']},
}
