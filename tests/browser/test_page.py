"""What a person sees: drawn, readable, fitting, on every kind of chart."""

from __future__ import annotations

import pytest
from conftest import Open
from figures import KINDS, LONG_NAMES, make

VISIBLE = """() => [...document.querySelectorAll('.chart')].map((chart) => {
  const mark = chart.querySelector('svg.main-svg, canvas');
  const box = mark ? mark.getBoundingClientRect() : { width: 0, height: 0 };
  return Math.min(box.width, box.height);
})"""


EACH = 8  # kinds on a page: reading plotly.js is what takes the time
GALLERIES = [list(KINDS)[i : i + EACH] for i in range(0, len(KINDS), EACH)]
ON_PHONE = ["bar", "long names", "line", "many slices", "heatmap", "table", "facets", "indicators"]


@pytest.mark.parametrize("kinds", GALLERIES, ids=lambda kinds: kinds[0])
def test_every_kind_is_drawn_on_a_desktop(open_page: Open, kinds: list[str]) -> None:
    opened = open_page(*[{"name": kind, "figure": make(kind)} for kind in kinds], title="How do they look?")
    assert dict(zip(kinds, opened.js(VISIBLE), strict=True)) == {kind: pytest.approx(500, abs=400) for kind in kinds}
    assert opened.page.locator(".failed").count() == 0
    assert opened.overflow() <= 0
    opened.shot(f"{kinds[0]} and more".replace(" ", "-"))
    opened.assert_quiet()


def test_kinds_that_need_care_fit_a_phone(open_page: Open) -> None:
    opened = open_page(*[make(kind) for kind in ON_PHONE], size="phone", scheme="dark")
    assert min(opened.js(VISIBLE)) >= 100
    assert opened.overflow() <= 0
    opened.shot("phone-dark")
    opened.assert_quiet()


@pytest.mark.parametrize(("size", "scheme"), [("desktop", "light"), ("phone", "light")])
def test_one_chart_alone_fills_its_page(open_page: Open, size: str, scheme: str) -> None:
    opened = open_page(make("grouped bar"), title="What is the average bill by day and sex?", size=size, scheme=scheme)
    assert opened.js(
        "document.querySelector('.main-svg').clientWidth >= document.querySelector('.scroll').clientWidth - 24"
    )
    opened.shot(f"one-chart-{size}")
    opened.assert_quiet()


def test_the_question_is_the_heading_and_the_tab(open_page: Open) -> None:
    opened = open_page(make("bar"), title='Which day is "best" & why <b>?')
    assert opened.text("h1") == 'Which day is "best" & why <b>?'
    assert opened.page.title() == 'Which day is "best" & why <b>?'


def test_a_figures_title_is_shown_once_in_its_card(open_page: Open) -> None:
    opened = open_page(make("line"))
    assert opened.text(".panel h2") == "Prices"
    assert opened.text(".panel figcaption p") == "January 2018 is 1"
    assert opened.page.locator(".chart .gtitle").count() == 0


def test_a_title_that_repeats_the_question_is_left_out(open_page: Open) -> None:
    opened = open_page(make("bar"), title="Total bill, by day?")
    assert opened.page.locator(".panel h2").count() == 0


def test_a_panel_without_a_title_has_its_name(open_page: Open) -> None:
    opened = open_page({"name": "Bills", "figure": make("violin")}, make("bar"))
    assert opened.page.locator(".panel h2").all_inner_texts() == ["Bills", "Total bill by day"]


@pytest.mark.parametrize(("size", "columns"), [("phone", 1), ("wide", 2)])
def test_a_dashboard_has_as_many_columns_as_fit(open_page: Open, size: str, columns: int) -> None:
    opened = open_page(make("line"), make("bar"), make("pie"), make("box"), title="A dashboard", size=size)
    lefts = opened.js("[...document.querySelectorAll('.panel')].map((p) => Math.round(p.getBoundingClientRect().left))")
    assert len(set(lefts)) == columns
    opened.shot(f"dashboard-4-{size}")
    opened.assert_quiet()


def test_the_odd_panel_of_a_dashboard_takes_the_whole_width(open_page: Open) -> None:
    opened = open_page(make("line"), make("bar"), make("heatmap"), scheme="dark", notices=["Three rows were left out."])
    widths = opened.js("[...document.querySelectorAll('.panel')].map((p) => p.offsetWidth)")
    assert widths[2] > widths[0] + widths[1]
    opened.shot("dashboard-3-dark")


def test_charts_in_one_row_end_at_one_height(open_page: Open) -> None:
    opened = open_page(make("line"), make("bar"))  # the first has a subtitle, so its chart starts lower
    ends = opened.js("[...document.querySelectorAll('.main-svg')].map((s) => s.getBoundingClientRect().bottom)")
    assert max(ends) - min(ends) <= 1


def test_it_redraws_when_the_window_changes(open_page: Open) -> None:
    opened = open_page(make("grouped bar"))
    opened.page.set_viewport_size({"width": 700, "height": 800})
    opened.settle()
    assert opened.js("document.querySelector('.main-svg').getBoundingClientRect().width") < 700
    assert opened.overflow() <= 0


INK = "() => getComputedStyle(document.querySelector('.xtick text')).fill"


def test_it_follows_the_scheme_of_the_system_while_open(open_page: Open) -> None:
    opened = open_page(make("bar"), scheme="light")
    light = opened.js(INK)
    opened.page.emulate_media(color_scheme="dark")
    opened.settle()
    assert opened.js(INK) != light
    assert opened.js("document.documentElement.dataset.scheme") == "dark"


@pytest.mark.parametrize(("theme", "scheme"), [("dark", "light"), ("light", "dark")])
def test_a_theme_that_was_asked_for_wins_over_the_system(open_page: Open, theme: str, scheme: str) -> None:
    opened = open_page(make("bar"), theme=theme, scheme=scheme)
    assert opened.js("document.documentElement.dataset.scheme") == theme
    assert opened.js("getComputedStyle(document.documentElement).colorScheme") == theme


# Contrast by WCAG 2.2 of each text against the card or page behind it.
CONTRAST = """() => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 });
  const brush = canvas.getContext('2d', { willReadFrequently: true });
  const light = (colour) => {
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data].map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const card = getComputedStyle(document.querySelector('.panel')).backgroundColor;
  const back = getComputedStyle(document.body).backgroundColor;
  const texts = [['h1', back], ['h2', card], ['figcaption p', card], ['.notes li', back], ['.notes h2', back],
    ['footer', back]].map(([at, on]) => ratio(getComputedStyle(document.querySelector(at)).color, on));
  const inks = [...document.querySelectorAll('.xtick text, .ytick text, .xtitle, .legendtext')];
  return Math.min(...texts, ...inks.map((ink) => ratio(getComputedStyle(ink).fill, card)));
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast_enough(open_page: Open, scheme: str) -> None:
    opened = open_page(make("line"), scheme=scheme, notices=["A note."])
    assert opened.js(CONTRAST) >= 4.5


def test_ink_chosen_for_another_background_gives_way(open_page: Open) -> None:
    figure = make("line")
    figure["layout"].update(plot_bgcolor="white", paper_bgcolor="white", font={"color": "black"})
    figure["layout"]["xaxis"]["tickfont"] = {"color": "#111111"}
    opened = open_page(figure, scheme="dark", notices=["A note."])
    assert opened.js(CONTRAST) >= 4.5


LINES = """[...document.querySelectorAll('.ytick text')]
  .flatMap((label) => label.children.length ? [...label.children] : [label]).map((line) => line.textContent)"""


def test_long_names_are_short_on_the_axis_and_whole_in_the_data(open_page: Open) -> None:
    opened = open_page(make("long names across"), size="phone")
    lines = opened.js(LINES)
    assert "Department of" in lines
    assert max(map(len, lines)) <= 15
    assert LONG_NAMES[0] in opened.js("document.querySelector('.chart').data[0].y")


def test_years_have_no_separator(open_page: Open) -> None:
    ticks = open_page(make("area")).page.locator(".xtick text").all_text_contents()
    assert "1960" in ticks


def test_a_legend_on_a_phone_stands_below_the_chart(open_page: Open) -> None:
    opened = open_page(make("line"), size="phone")
    legend = opened.js("document.querySelector('.legend').getBoundingClientRect().top")
    axis = opened.js("document.querySelector('.xaxislayer-above').getBoundingClientRect().bottom")
    assert legend >= axis


def test_numbers_of_a_table_stand_right_and_grouped(open_page: Open) -> None:
    opened = open_page(make("table"))
    cells = opened.page.locator(".column-cell text").all_text_contents()
    assert "8,425,333" in cells
    assert "1952" in cells


def test_many_points_are_thinned_and_told(open_page: Open) -> None:
    figure = make("fast scatter")
    figure["data"][0].update(x=list(range(45_000)), y=[i % 97 for i in range(45_000)])
    opened = open_page(figure)
    assert "15,000 of 45,000 points: 1 in 3" in opened.text(".notes")
    assert opened.js("document.querySelectorAll('.point').length") == 15_000


def test_map_tiles_become_a_built_in_map_and_it_is_told(open_page: Open) -> None:
    opened = open_page(make("map tiles"))
    assert "Map tiles would come from the network" in opened.text(".notes")
    assert opened.js("document.querySelector('.chart').data[0].type") == "scattergeo"
    opened.assert_quiet()


def test_countries_have_outlines_without_a_network(open_page: Open) -> None:
    opened = open_page(make("choropleth"))
    assert opened.js("document.querySelectorAll('.choroplethlayer path').length") > 100
    opened.assert_quiet()


def test_a_chart_is_saved_as_a_picture(open_page: Open) -> None:
    opened = open_page(make("bar"))
    with opened.page.expect_download() as download:
        opened.page.get_by_role("button", name="Download “Total bill by day” as PNG").click()
    assert download.value.suggested_filename == "total-bill-by-day.png"
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    opened.assert_quiet()


def test_notices_and_the_engine_are_told(open_page: Open) -> None:
    opened = open_page(make("bar"), notices=["3 rows were <left> out.", "No key is set."], engine="gemini/flash")
    assert opened.page.locator(".notes li").all_inner_texts() == ["3 rows were <left> out.", "No key is set."]
    assert "gemini/flash" in opened.text("footer")
    assert "made by plotd" in opened.text("footer")


def test_without_notices_there_is_no_list(open_page: Open) -> None:
    assert not open_page(make("bar")).page.locator(".notes").is_visible()


def test_without_scripts_it_says_what_is_needed(open_page: Open) -> None:
    opened = open_page(make("bar"), scripts=False)
    assert "Allow scripts" in opened.text("noscript")


def test_a_chart_that_cannot_be_drawn_says_so_and_the_others_stand(open_page: Open) -> None:
    broken = {"data": [{"type": "bar", "x": {"dtype": "f8", "bdata": "not base64!"}, "y": [1]}], "layout": {}}
    opened = open_page(broken, make("bar"))
    assert opened.page.locator(".failed[role=alert]").count() == 1
    assert opened.page.locator(".chart.drawn").count() == 1


def test_a_figure_without_traces_is_an_empty_chart_not_a_failure(open_page: Open) -> None:
    opened = open_page({"data": [], "layout": {}})
    assert opened.js("document.documentElement.dataset.ready") == "yes"
    opened.assert_quiet()


def test_it_is_named_for_screen_readers(open_page: Open) -> None:
    opened = open_page(make("grouped bar"))
    label = opened.page.locator(".chart").get_attribute("aria-label")
    assert label == "Average bill by day and sex. bar chart. Female, Male"
    assert opened.js("document.documentElement.lang") == "en"
    assert opened.page.get_by_role("figure", name="Average bill by day and sex").count() == 1


def test_reduced_motion_is_respected(open_page: Open) -> None:
    opened = open_page(make("bar"), reduced_motion="reduce")
    assert opened.js("getComputedStyle(document.querySelector('.chart')).transitionProperty") == "none"


def test_on_paper_it_is_light_and_without_buttons(open_page: Open) -> None:
    opened = open_page(make("bar"), scheme="dark")
    opened.page.emulate_media(media="print", color_scheme="dark")
    assert opened.js("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not opened.page.locator(".save").is_visible()


def test_numbers_read_well_when_pointed_at(open_page: Open) -> None:
    opened = open_page(make("many bars"), make("scatter"), make("heatmap"))
    formats = opened.js(
        "[...document.querySelectorAll('.chart')].map((c) => [c.layout.xaxis.hoverformat, c.layout.yaxis.hoverformat])"
    )
    assert formats[0][0] == ",d"  # people
    assert formats[1][1] == ",.2~f"  # years of life; the axis of logarithms keeps plotly's own
    assert opened.js("document.querySelectorAll('.chart')[2].data[0].zhoverformat") == ",.3~f"


def test_what_is_pointed_at_says_name_and_value_with_a_colon(open_page: Open) -> None:
    template = open_page(make("grouped bar")).js("document.querySelector('.chart').data[0].hovertemplate")
    assert template == "sex: Female<br>day: %{x}<br>total_bill: %{y}<extra></extra>"
