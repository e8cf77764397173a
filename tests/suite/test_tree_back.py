"""Who opens something from a tree and comes back by the browser's button finds the tree as it was."""
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
ROWS = '.o_civic_tree_row'


@pytest.mark.parametrize('login, path', [('luutru.lt', 'civic-archive-tree'), ('luutru', 'civic-file-tree')])
def test_the_tree_is_open_where_it_was(person, login, path):
    page = person(login).open(path)
    expect(page.locator(ROWS).first).to_be_visible()
    # down to the first row that opens a form
    while page.locator(f'{ROWS}[aria-expanded=false]').count():
        before = page.locator(ROWS).count()
        page.locator(f'{ROWS}[aria-expanded=false]').last.click()
        expect(page.locator(ROWS)).not_to_have_count(before)
        if page.locator(f'{ROWS}:not([aria-expanded])').count():
            break
    rows = page.locator(ROWS).all_inner_texts()
    page.locator(f'{ROWS}:not([aria-expanded])').last.click()
    page.wait_for_selector('.o_form_view')
    page.go_back()
    expect(page.locator(f'{ROWS}[aria-expanded=true]').first).to_be_visible()
    assert page.locator(ROWS).all_inner_texts() == rows
