{
    'name': "Civic Records on Debian's Odoo",
    'version': '19.0.1.0.0',
    'category': 'Hidden',
    'summary': "Keeps the browser console clean where Debian leaves a script out",
    'author': 'Civic Records',
    'license': 'LGPL-3',
    'depends': ['mail'],
    'auto_install': True,
}
