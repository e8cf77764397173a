{
    'name': "Civic Records: Reports",
    'summary': "How paper looks: page frame, fonts, tables, stamps and labels as PDF, XLSX and DOCX",
    'version': '19.0.1.0.0',
    'category': 'Services/Civic Records',
    'author': 'Civic Records',
    'license': 'LGPL-3',
    'depends': ['civic_journal', 'web'],
    'external_dependencies': {'python': ['reportlab', 'xlsxwriter', 'python-docx', 'pikepdf', 'pillow']},
    'data': [
        'security/ir.model.access.csv',
        'security/civic_report_security.xml',
        'data/civic_rule_value_data.xml',
        'data/civic_requirement_answer_data.xml',
        'data/civic_label_format_data.xml',
        'views/civic_label_format_views.xml',
        'wizard/civic_form_wizard_views.xml',
        'views/civic_report_menus.xml',
    ],
    'assets': {
        'web.assets_backend': [
            'civic_report/static/src/**/*',
        ],
    },
}
