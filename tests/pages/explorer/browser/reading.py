"""What a test reads out of the page."""

import json


def shown_ids(page):
    return page.eval_on_selector_all("tr[data-id]", "rows => rows.map(r => r.dataset.id)")


def find(page, text):
    page.get_by_label("Find a pair, a material, a work").fill(text)


def copied(page, name):
    """Return what the button copies; the fold of the buttons is opened where it is closed."""
    take_away = page.locator("details.tool", has_text="Take away")
    if take_away.get_attribute("open") is None:
        take_away.locator("summary").click()
    page.get_by_role("button", name=f"Copy {name}").click()
    page.get_by_text(f"{name} copied.").wait_for()
    return page.evaluate("navigator.clipboard.readText()")


def exported_rows(page):
    """Return every observation that the page exports, by id."""
    page.locator("details.tool", has_text="Take away").locator("summary").click()
    page.locator("#which").select_option("all")
    content = json.loads(copied(page, "JSON"))
    return {row["observation_id"]: row for row in content["observations"]}
