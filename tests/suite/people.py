"""People of the demo city at browsers of their own, for the stories of this folder."""
import shutil

from playwright.sync_api import sync_playwright

PASSWORD = 'civic'  # noqa: S105  the demo city's, printed by the run command


def launch():
    """Yield a headless Chromium."""
    chromium = shutil.which('chromium') or shutil.which('google-chrome')
    assert chromium, "no Chromium on this machine: ./civic test installs it, --fast leaves these tests out"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=[
            '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update',
            '--disable-sync', '--no-first-run'])
        yield browser
        browser.close()


class Person:
    """A person at a browser of their own; console errors are collected."""

    def __init__(self, browser, city, login, *, width=1600, height=900, locale='vi-VN'):
        self.city, self.login = city, login
        self.context = browser.new_context(
            viewport={'width': width, 'height': height}, locale=locale, timezone_id='Asia/Ho_Chi_Minh')
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.errors = []
        self.page.on('console', lambda message: self.errors.append(message.text) if message.type == 'error' else None)
        self.page.on('pageerror', lambda error: self.errors.append(str(error)))
        self.page.goto(f'{city.url}/web/login?db={city.database}')
        self.page.fill('input[name=login]', login)
        self.page.fill('input[name=password]', PASSWORD)
        self.page.click('button[type=submit]')
        self.page.wait_for_selector('.o_main_navbar')

    def open(self, path):
        self.page.goto(f'{self.city.url}/odoo/{path}')
        self.page.wait_for_selector('.o_action_manager > *')
        return self.page

    def close(self):
        self.context.close()
        assert not self.errors, f"console errors of {self.login}: {self.errors}"


def type_field(page, name, text, *, choose=False):
    widget = page.locator(f'.o_form_view .o_field_widget[name={name}]').first
    widget.locator(':is(input, textarea, button)').first.click()        # a date that was read is a button until then
    field = widget.locator(':is(input, textarea)').first
    field.fill(text)
    if choose:
        page.locator('.o-autocomplete--dropdown-item', has_text=text).first.click()
    else:
        field.press('Tab')


def shoot(page, path):
    """A picture of what somebody sees who has waited until nothing spins and every image is there."""
    page.wait_for_function(
        "() => !document.querySelector('.fa-spin, .o_loading_indicator')"
        " && [...document.images].every((image) => image.complete || image.loading === 'lazy')")
    page.wait_for_timeout(300)              # what fades in has done so
    page.screenshot(path=path)


def expect_no_sideways_scrolling(page):
    assert not page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth + 1'), \
        "one must scroll sideways on a telephone"
