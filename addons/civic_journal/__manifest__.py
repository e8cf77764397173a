{
    'name': "Civic Records: Journal",
    'version': '19.0.1.0.0',
    'summary': "Append-only journal of every act, sealed in chained batches, verified offline",
    'author': 'Civic Records',
    'license': 'LGPL-3',
    'category': 'Civic Records',
    'depends': ['civic_base'],
    'data': [
        'security/civic_journal_security.xml',
        'security/ir.model.access.csv',
        'data/ir_cron_data.xml',
        'views/civic_journal_entry_views.xml',
        'views/civic_journal_seal_views.xml',
        'wizard/civic_journal_export_wizard_views.xml',
        'views/civic_journal_menus.xml',
    ],
    'uninstall_hook': 'uninstall_hook',
}
