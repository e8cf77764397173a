{
    'name': "Civic Records: incoming documents",
    'summary': "Receive, register, assign, handle and follow up incoming documents (Decree 30/2020, Articles 20 to 24)",
    'version': '19.0.1.0.0',
    'category': 'Services/Civic Records',
    'author': 'Civic Records',
    'license': 'LGPL-3',
    'depends': ['civic_document'],
    'data': [
        'security/ir.model.access.csv',
        'security/civic_incoming_security.xml',
        'data/mail_activity_type_data.xml',
        'wizard/civic_assign_wizard_views.xml',
        'wizard/civic_delegate_wizard_views.xml',
        'wizard/civic_finish_wizard_views.xml',
        'views/civic_assignment_views.xml',
        'views/civic_document_views.xml',
        'views/res_company_views.xml',
        'views/civic_incoming_menus.xml',
    ],
    'assets': {
        'web.assets_backend': [
            'civic_incoming/static/src/**/*',
        ],
        'web.assets_tests': [
            'civic_incoming/static/tests/tours/**/*',
        ],
        'web.assets_unit_tests': [
            'civic_incoming/static/tests/*.test.js',
        ],
    },
}
