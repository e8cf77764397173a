{
    'name': "Civic Records: Routes",
    'summary': "Routes that an administrator builds: steps, who acts, conditions, deadlines, substitutes, simulation",
    'version': '19.0.1.0.0',
    'category': 'Services/Civic Records',
    'author': 'Civic Records',
    'license': 'LGPL-3',
    'depends': ['civic_document'],
    'data': [],
}
