"""Which files of its faces the page fetches."""


def fetched(page):
    return page.evaluate(
        "performance.getEntriesByType('resource').map(one => new URL(one.name).pathname)"
        ".filter(path => path.endsWith('.woff2'))"
    )


def test_a_page_in_latin_letters_fetches_the_cut_faces_and_one_in_others_the_whole(visit):
    page = visit("?tab=tokenization")
    page.evaluate("document.fonts.ready")
    assert fetched(page)
    assert all(path.startswith("/fonts/") for path in fetched(page))
    page.get_by_label("Text", exact=True).fill("Доброе утро")
    page.wait_for_function(
        "performance.getEntriesByType('resource').some(one => one.name.includes('/static/fonts/'))"
    )
