{
    'name': "Civic Records",
    'version': '19.0.1.0.0',
    'category': 'Civic Records',
    'summary': "The suite for a city: records and mail room of its agencies, with a demo city",
    'author': 'Civic Records',
    'license': 'LGPL-3',
    'depends': [
        'civic_base', 'civic_package', 'civic_journal', 'civic_report', 'civic_transport', 'civic_document', 'civic_signature',
        'civic_workflow', 'civic_incoming', 'civic_outgoing', 'civic_workfile', 'civic_retention', 'civic_archive', 'civic_transfer',
        'civic_kpi',
    ],
    'external_dependencies': {'python': ['reportlab']},
    'data': [
        'views/civic_records_menus.xml',
    ],
    'application': True,
}
