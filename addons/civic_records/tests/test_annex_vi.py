"""The page of Annex VI says nothing that no test shows."""
import ast
from pathlib import Path

from lxml import etree

from odoo.modules.module import get_module_path
from odoo.tests import TransactionCase, tagged


def find_problem(reference):
    """Return what is wrong with a reference such as civic_x/tests/test_y.py::TestZ.test_a, or None."""
    path, _separator, name = reference.partition('::')
    module, _separator, inner = path.partition('/')
    class_name, _separator, method = name.partition('.')
    root = get_module_path(module, display_warning=False)
    if not root or not inner.startswith('tests/test_') or not (source := Path(root, inner)).is_file():
        return "no such file"
    tree = ast.parse(source.read_text(encoding='utf-8'))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == class_name]
    if not classes:
        return "no such class"
    if not method.startswith('test_') or not any(
        isinstance(node, ast.FunctionDef) and node.name == method for node in classes[0].body
    ):
        return "no such test"
    package = ast.parse(Path(root, 'tests', '__init__.py').read_text(encoding='utf-8'))
    imported = {
        alias.name for node in package.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    return None if source.stem in imported else "not imported, hence never run"


@tagged('post_install', '-at_install')
class TestAnnexVIPage(TransactionCase):

    def test_every_item_has_an_answer_or_says_with_what_it_comes(self):
        for requirement in self.env['civic.requirement'].search([]):
            with self.subTest(item=requirement.code):
                self.assertTrue(requirement.answer_ids or requirement.planned_room)
                self.assertTrue(requirement.where)
                self.assertEqual(
                    requirement.state == 'planned',
                    not requirement.answer_ids.filtered(lambda answer: answer.state != 'planned'))

    def test_nothing_is_announced_that_is_installed(self):
        installed = self.env['ir.module.module']._installed()
        for requirement in self.env['civic.requirement'].search([('planned_room', 'in', list(installed))]):
            with self.subTest(item=requirement.code):
                self.assertNotEqual(requirement.state, 'planned', "its add-on is there and does not answer")
                self.assertNotIn(f'({requirement.planned_room})', requirement.where)

    def test_every_answer_names_tests_that_exist(self):
        answers = self.env['civic.requirement.answer'].search([('state', '!=', 'planned')])
        self.assertTrue(answers)
        for answer in answers:
            references = (answer.tests or '').split()
            with self.subTest(item=answer.requirement_id.code, module=answer.module):
                self.assertTrue(references)
                for reference in references:
                    self.assertIsNone(find_problem(reference), reference)

    def test_no_answer_is_overwritten_by_a_later_one(self):
        """Two records of one id load without a word, and the second is what stays."""
        found = False
        for path in sorted(Path(get_module_path('civic_base')).parent.glob('civic_*/data/civic_requirement_answer_data.xml')):
            ids = [record.get('id') for record in etree.parse(path).iter('record')]
            found = found or bool(ids)
            self.assertEqual(sorted(ids), sorted(set(ids)), path.parts[-3])
        self.assertTrue(found)

    def test_an_answer_belongs_to_the_add_on_that_it_names(self):
        answers = self.env['civic.requirement.answer'].search([])
        for answer_id, xmlid in answers.get_external_id().items():
            self.assertEqual(xmlid.partition('.')[0], answers.browse(answer_id).module)

    def test_a_wrong_reference_is_found(self):
        right = 'civic_base/tests/test_roles.py::TestRoles.test_roles_add_up'
        self.assertIsNone(find_problem(right))
        for wrong in (
            'civic_base/tests/test_roles.py::TestRoles.test_roles_add', 'civic_base/tests/test_roles.py::Roles.test_roles_add_up',
            'civic_base/tests/test_role.py::TestRoles.test_roles_add_up', 'civic_nowhere/tests/test_roles.py::TestRoles.test_x',
            'civic_base/tests/common.py::CivicCommon.employ', 'civic_base/tests/test_roles.py', '',
            'civic_base/tests/../../civic_base/tests/test_roles.py::TestRoles.setUp',
        ):
            with self.subTest(reference=wrong):
                self.assertIsNotNone(find_problem(wrong))
