"""Figures from an enemy: the page makes no request and runs no script but ours."""

from __future__ import annotations

import json
from typing import Any

from conftest import Figure, Open

EVIL = "https://evil.example/?stolen=1"
BOMB = "<img src=x onerror=\"window.pwned=1;alert(1)\"><svg onload='window.pwned=1'><script>window.pwned=1</script>"
HTTP_LINK = f"<a href='{EVIL}' target='_blank'>look</a>"


def figure(text: str = "x", layout: dict[str, Any] | None = None, **trace: Any) -> Figure:
    """A bar chart with `text` wherever text may stand."""
    bar = {"type": "bar", "x": [text, "b"], "y": [1, 2], "text": [text, text], "hovertext": text, "name": text,
           "hovertemplate": text + "%{x}", "texttemplate": text, "customdata": [[text], [text]]}  # fmt: skip
    plain = {
        "title": {"text": text, "subtitle": {"text": text}},
        "xaxis": {"title": {"text": text}, "ticktext": [text], "tickvals": [0]},
        "annotations": [{"text": text, "x": 0, "y": 1, "hovertext": text}],
        "legend": {"title": {"text": text}},
        "showlegend": True,
        "updatemenus": [{"buttons": [{"label": text, "method": "relayout", "args": ["title.text", text]}]}],
    }
    return {"name": text, "figure": {"data": [{**bar, **trace}], "layout": {**plain, **(layout or {})}}}


def assert_harmless(open_page: Open, *figures: Figure, title: str = "q") -> Any:
    opened = open_page(*figures, title=title)
    opened.page.mouse.move(500, 500)  # hover labels
    opened.settle()
    assert opened.js("window.pwned") is None
    assert opened.js("document.querySelectorAll('.panels img, .panels script, .panels iframe').length") == 0
    assert opened.js("document.querySelectorAll('svg a, a[href]').length") == 0
    opened.assert_quiet()
    return opened


TEXTS = [
    BOMB,
    "</script><script>window.pwned=1</script>",
    "<a href='javascript:window.pwned=1'>x</a>",
    "<a href='data:text/html,<script>window.pwned=1</script>'>x</a>",
    '<A HREF="JaVaScRiPt:window.pwned=1">x</A>',
    "<a href='&#106;avascript:window.pwned=1'>x</a>",
    "<<a >a href='javascript:window.pwned=1'>x</a>",
    HTTP_LINK,
    f"<a xlink:href='{EVIL}'>x</a>",
    f"$\\href{{{EVIL}}}{{x}}$",
    f"<span style='background:url({EVIL})'>x</span>",
    "\u2028window.pwned=1\u2029",
    "<!--<script>",
    "]]><!--",
]


def test_text_is_text_wherever_it_stands(open_page: Open) -> None:
    assert_harmless(open_page, *map(figure, TEXTS), title=" ".join(TEXTS))


def test_links_are_taken_out_and_it_is_told(open_page: Open) -> None:
    opened = assert_harmless(open_page, figure(HTTP_LINK))
    assert "Links inside the chart were taken out" in opened.text(".notes")


def test_pictures_from_elsewhere_are_left_out_and_it_is_told(open_page: Open) -> None:
    images = [{"source": EVIL, "xref": "paper", "yref": "paper", "x": 0, "y": 1, "sizex": 1, "sizey": 1}]
    opened = assert_harmless(open_page, figure(layout={"images": images}))
    assert "Pictures from other places were left out" in opened.text(".notes")


def test_pictures_by_every_road(open_page: Open) -> None:
    sources = ["//evil.example/a.png", "file:///etc/passwd", "data:image/svg+xml,<svg/>", "\\\\evil\\a", EVIL]
    on_layout = [figure(layout={"images": [{"source": source, "x": 0, "y": 0}]}) for source in sources]
    in_template = [figure(layout={"template": {"layout": {"images": [{"source": source}]}}}) for source in sources]
    traces = [{"data": [{"type": "image", "source": source}], "layout": {}} for source in sources]
    assert_harmless(open_page, *on_layout, *in_template, *traces)


def test_a_buttons_arguments_are_cleaned_too(open_page: Open) -> None:
    buttons = [
        {"label": "x", "method": "relayout", "args": [{"images[0].source": EVIL}]},
        {"label": "y", "method": "relayout", "args": ["images", [{"source": EVIL}]]},
    ]
    opened = assert_harmless(open_page, figure(layout={"updatemenus": [{"type": "buttons", "buttons": buttons}]}))
    for button in opened.page.locator(".updatemenu-button").all():
        button.click(force=True)
    opened.settle()
    assert (opened.requests, opened.refused) == ([], [])


def test_frames_are_cleaned_too(open_page: Open) -> None:
    moving = figure()
    moving["figure"]["frames"] = [{"name": "1", "layout": {"images": [{"source": EVIL}], "title": {"text": HTTP_LINK}}}]
    opened = assert_harmless(open_page, moving)
    frames = json.dumps(opened.js("document.querySelector('.chart')._transitionData._frames"))
    assert "evil" not in frames


def test_no_map_fetches_anything(open_page: Open) -> None:
    traces = [
        {"type": "scattermap", "lat": [1], "lon": [2]},
        {"type": "scattermapbox", "lat": [1], "lon": [2]},
        {"type": "densitymap", "lat": [1], "lon": [2], "z": [3]},
        {"type": "choroplethmap", "geojson": EVIL, "locations": ["a"], "z": [1]},
        {"type": "choropleth", "geojson": EVIL, "locations": ["a"], "z": [1]},
        {"type": "scattergeo", "geojson": EVIL, "locations": ["a"], "locationmode": "geojson-id"},
    ]
    style = {"style": EVIL, "layers": [{"sourcetype": "raster", "source": [EVIL]}]}
    assert_harmless(open_page, *[{"data": [t], "layout": {"map": style, "mapbox": style}} for t in traces])


def test_a_figures_own_configuration_is_not_taken(open_page: Open) -> None:
    hostile = figure()
    hostile["figure"]["config"] = {"topojsonURL": EVIL, "plotlyServerURL": EVIL, "showSendToCloud": True}
    assert_harmless(open_page, hostile)


def test_a_prototype_in_the_data_is_not_taken(open_page: Open) -> None:
    trace = {"y": [1], "__proto__": {"type": "scattermap", "pwned": 1}}
    opened = assert_harmless(open_page, {"data": [trace], "layout": {"__proto__": {"pwned": 1}}})
    assert opened.js("({}).pwned") is None
    assert opened.js("Object.hasOwn(document.querySelector('.chart').data[0], '__proto__')") is False


FETCHED = """new Promise((done) => {
  document.addEventListener('securitypolicyviolation', (e) => done(e.effectiveDirective + ' ' + e.blockedURI));
  fetch('https://evil.example/').catch(() => {});
})"""


def test_no_code_comes_to_life(open_page: Open) -> None:
    """The policy itself: neither eval, nor an inline script, nor a fetch gets through."""
    opened = open_page(figure())
    # In a task of its own: what the test's own call evaluates the browser lets through.
    evaluate = "(done) => setTimeout(() => { try { done((0, eval)('1')) } catch (e) { done(e.name) } })"
    assert opened.js(f"new Promise({evaluate})") == "EvalError"
    script = "Object.assign(document.createElement('script'), { textContent: 'window.pwned=1' })"
    opened.js(f"document.body.append({script})")
    assert opened.js("window.pwned") is None
    assert opened.js(FETCHED) == "connect-src https://evil.example/"
    assert opened.requests == []
