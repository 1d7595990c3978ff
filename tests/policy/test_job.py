"""A job from code to document: what the code may leave, what is told when it fails."""

import pytest
from conftest import TABLES, VERSIONS, Run

BAR = "fig = px.bar(df, x='region', y='amount')"


def error_of(document: dict) -> dict:
    assert document["figures"] == []
    assert document["error"] is not None
    return document["error"]


def test_the_document_has_every_part(run: Run) -> None:
    document = run(BAR)
    assert set(document) == {"error", "out", "warnings", "columns", "notes", "ms", "figures", "facts"}
    assert document["columns"]["revenue"] == ["product", "revenue"]
    assert set(document["ms"]) == {"frames", "policy", "run", "render"}
    assert document["figures"][0]["name"] is None
    assert document["figures"][0]["figure"]["data"][0]["type"] == "bar"


def test_the_versions_are_those_of_the_packages() -> None:
    assert set(VERSIONS) == {"python", "pandas", "plotly"}
    assert all(v[0].isdigit() for v in VERSIONS.values())


# ---- figures


def test_figs_as_a_dict_names_the_figures(run: Run) -> None:
    document = run("figs = {'a': px.bar(df, x='region', y='amount'), 'b': px.histogram(df, x='units')}")
    assert [f["name"] for f in document["figures"]] == ["a", "b"]


def test_figs_win_over_fig(run: Run) -> None:
    document = run(f"{BAR}\nfigs = [fig, px.histogram(df, x='units')]")
    assert len(document["figures"]) == 2


def test_an_empty_figs_gives_way_to_fig(run: Run) -> None:
    assert len(run(f"figs = []\n{BAR}")["figures"]) == 1


def test_a_list_in_fig_is_a_dashboard(run: Run) -> None:
    assert len(run("fig = [px.bar(df, x='region', y='amount'), px.histogram(df, x='units')]")["figures"]) == 2


def test_show_marks_the_figure(run: Run) -> None:
    document = run("chart = px.bar(df, x='region', y='amount')\nother = px.histogram(df, x='units')\nchart.show()")
    assert document["figures"][0]["figure"]["data"][0]["type"] == "bar"
    assert document["notes"] == []


def test_figures_shown_one_after_the_other_are_all_there(run: Run) -> None:
    document = run(f"{BAR}\nfig.show()\nfig = px.histogram(df, x='units')\nfig.show()")
    assert [f["figure"]["data"][0]["type"] for f in document["figures"]] == ["bar", "histogram"]
    assert document["notes"] == ["The code showed 2 figures: all are on the page."]


def test_a_figure_shown_twice_is_there_once(run: Run) -> None:
    assert len(run(f"{BAR}\nfig.show()\nfig.write_html('output.html')")["figures"]) == 1


def test_the_last_figure_with_a_name_is_taken_with_a_note(run: Run) -> None:
    document = run("a = px.bar(df, x='region', y='amount')\nb = px.histogram(df, x='units')")
    assert document["figures"][0]["figure"]["data"][0]["type"] == "histogram"
    assert document["notes"] == ["The figure was taken from `b`, since the code left no `fig`."]


def test_the_last_lines_value_is_taken_with_a_note(run: Run) -> None:
    document = run("px.bar(df, x='region', y='amount')")
    assert document["notes"] == ["The value of the code's last line was taken as the figure."]


def test_a_trace_alone_becomes_a_figure(run: Run) -> None:
    assert run("fig = go.Bar(x=df['region'], y=df['amount'])")["figures"][0]["figure"]["data"][0]["type"] == "bar"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("x = 1", "the code left no figure in `fig` or `figs`"),
        ("fig = 3", "the figure is a value of type int, not a Plotly figure"),
        ("fig = df", "the figure is a value of type pandas.DataFrame, not a Plotly figure"),
        ("figs = [px.bar(df, x='region', y='amount'), 'x']", "figure 2 is a value of type str"),
        ("figs = {}", "`figs` is a value of type dict with no figure in it"),
        ("charts = [px.bar(df, x='region', y='amount')]", "the figures are in `charts`"),
        ("fig = {'data': [{'type': 'bar', 'colour': 1}]}", "a dict that is no Plotly figure: Invalid property"),
        ("class Axes: pass\nfig = Axes()", "the figure is a value of type Axes"),
    ],
)
def test_no_figure_says_what_there_is_instead(run: Run, code: str, says: str) -> None:
    error = error_of(run(code))
    assert error["code"] == "code_no_figure"
    assert says in error["message"]


# ---- errors


def test_an_exception_is_told_with_its_class_line_and_text(run: Run) -> None:
    error = error_of(run("x = 1\n\ndef f():\n    return 1 / 0\n\nf()\n"))
    assert error == {
        "code": "code_raised",
        "message": "division by zero",
        "line": 4,
        "text": "return 1 / 0",
        "rule": "ZeroDivisionError",
        "hint": "",
    }


@pytest.mark.parametrize(
    "code",
    [
        "fig = px.bar(df, x='region', y='amout')",
        "x = df['amout']",
        "x = df.groupby('region')['amout'].sum()",
        "x = df.groupby('amout').sum()",
        "x = df.sort_values('amout')",
        "x = df[['region', 'amout']]",
        "x = df[['amout']]",
        "x = df.groupby('region').agg({'amout': 'sum'})",
        "x = df.groupby('region').agg(t=('amout', 'sum'))",
        "x = df.pivot_table(index='region', values='amout')",
        "x = df.amout.sum()",
        "x = df.drop(columns='amout')",
        "x = df.set_index('amout')",
        "x = df.melt(id_vars='amout')",
        "x = df.query('amout > 3')",
        "x = df.dropna(subset=['amout'])",
        "fig = px.scatter(df, x='units', y='amount', color='amout')",
    ],
)
def test_a_column_that_is_not_there_is_named_with_those_that_are(run: Run, code: str) -> None:
    error = error_of(run(code))
    assert error["message"] == "there is no column 'amout'"
    assert error["hint"].startswith("The columns are '")
    assert "'amount'" in error["hint"].split("Nearest:")[1]
    assert error["line"] == 1


def test_several_columns_that_are_not_there_are_all_named(run: Run) -> None:
    assert error_of(run("df[['amout', 'regin', 'units']]"))["message"] == "there are no columns 'amout', 'regin'"


def test_the_columns_told_are_those_of_the_frame_in_hand(run: Run) -> None:
    error = error_of(run("g = df.groupby('region', as_index=False)['amount'].sum()\ng['units']"))
    assert error["hint"] == (
        "The columns are 'region', 'amount'. 'units' is in sales as uploaded, but not in this frame."
    )


def test_a_column_that_became_the_index_is_told(run: Run) -> None:
    error = error_of(run("g = df.groupby('region')[['amount']].sum()\ng['region']"))
    assert error["hint"] == "The columns are 'amount'. 'region' is the index here: use reset_index()."


def test_a_key_missing_in_the_codes_own_dict_is_no_column(run: Run) -> None:
    assert error_of(run("d = {}\nd['amout']"))["message"] == "there is no key 'amout'"


def test_a_table_that_is_not_there_is_named_with_those_that_are(run: Run) -> None:
    error = error_of(run("dfs['sale']"))
    assert error["message"] == "there is no table 'sale'; the tables are: sales, revenue, prices"


def test_a_file_that_is_not_there_is_named_with_those_that_are(run: Run) -> None:
    error = error_of(run("pd.read_csv('seles.csv')"))
    assert error["rule"] == "FileNotFoundError"
    assert error["message"] == (
        "there is no uploaded file 'seles.csv'; the files are: 'sales.csv', 'revenue.csv', 'prices.csv'; "
        "nearest: 'sales.csv'"
    )


def test_a_name_that_is_not_there_gets_the_nearest(run: Run) -> None:
    error = error_of(run("fig = px.bar(saels, x='region')"))
    assert (error["rule"], error["message"]) == ("NameError", "name 'saels' is not defined")
    assert "Nearest: sales." in error["hint"]


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("df.append(df)", "Use pd.concat([a, b])."),
        ("go.Figure().update_xaxes(titlefont=dict(size=3))", "Use title_font, or title=dict(font=…)."),
        ("pd.Timestamp('2024-01-01 10:20').floor('H')", "in lower case"),
        ("df.applymap(str)", "Use DataFrame.map."),
        ("revenue.iteritems()", "Use .items()."),
        ("df.style", "jinja2 is not there"),
        ("df.to_markdown()", "tabulate is not there"),
        ("px.scatter_mapbox(df)", "Use px.scatter_map."),
        ("px.bar(df, x='region', y='amount', colour='region')", "Nearest: color"),
        ("px.baar(df)", "Nearest: bar"),
        ("df['amount'].meen()", "Nearest: mean"),
        ("fig = go.Figure(go.Scatter(x=[1], y=[1], mode='dots'))", "'markers'"),
        ("df.pivot(index='region', columns='product', values='amount')", "Use pivot_table"),
        ("px.scatter(df, x='units', y='amount', size='cost')", "Give sizes without gaps"),
        ("make_subplots(rows=1, cols=2).add_trace(go.Pie(values=[1]), 1, 2)", "Give make_subplots specs"),
        ("df['region'].dt.year", "Turn the column into dates first"),
        ("df['amount'].str.upper()", "Turn the column into text first"),
        ("if df['amount'] > 3:\n    pass", "Use & and |"),
        ("math.log(df['amount'])", "Work on the whole column"),
        ("df.groupby('region').mean()", "numeric_only=True"),
        ("fig = px.bar(x=[1, 2], y=[1])", "arrays of one length"),
    ],
)
def test_what_older_versions_had_comes_with_what_replaces_it(run: Run, code: str, hint: str) -> None:
    error = error_of(run(code))
    assert error["code"] == "code_raised"
    assert hint in error["hint"]


def test_a_long_message_of_plotly_is_cut_to_what_is_wrong(run: Run) -> None:
    error = error_of(run("fig = go.Figure(go.Bar(colour='red'))"))
    assert error["message"].startswith("Invalid property specified for object of type plotly.graph_objs.Bar: 'colour'")
    assert "Valid properties" not in error["message"]


def test_a_syntax_error_is_told_with_its_line(run: Run) -> None:
    error = error_of(run("x = 1\nfor i in range(3) print(i)\n"))
    assert (error["code"], error["line"], error["text"]) == ("code_syntax", 2, "for i in range(3) print(i)")


@pytest.mark.parametrize("code", ["fig = px.bar(df, x='region',", "x = '''abc", "for i in df:\n"])
def test_code_that_was_cut_off_is_known_as_such(run: Run, code: str) -> None:
    error = error_of(run(code))
    assert error["code"] == "code_syntax"
    assert "cut off" in error["hint"]


def test_a_return_outside_a_function_is_a_syntax_error(run: Run) -> None:
    assert error_of(run("x = 1\nreturn x"))["code"] == "code_syntax"


@pytest.mark.parametrize("code", ["raise SystemExit", "raise KeyboardInterrupt", "raise GeneratorExit"])
def test_code_cannot_end_the_job_by_an_exception(run: Run, code: str) -> None:
    assert error_of(run(code))["message"] == "the code ended itself"


def test_memory_used_up_is_its_own_failure(run: Run) -> None:
    error = error_of(run("x = 1\nraise MemoryError('of this much')"))
    assert (error["code"], error["line"]) == ("code_memory_limit", 2)


def test_an_exception_that_cannot_be_printed_is_still_told(run: Run) -> None:
    error = error_of(run("class E(Exception):\n    def __str__(self):\n        return 1 / 0\nraise E"))
    assert error["code"] == "code_raised"


def test_endless_recursion_is_an_error_of_the_code(run: Run) -> None:
    error = error_of(run("def f():\n    return f()\nf()"))
    assert (error["rule"], error["line"]) == ("RecursionError", 2)


# ---- output and warnings


def test_what_is_printed_is_kept(run: Run) -> None:
    assert run(f"print('héllo', 3)\n{BAR}")["out"] == "héllo 3\n"


def test_what_is_printed_before_a_failure_is_kept(run: Run) -> None:
    assert run("print('before')\n1 / 0")["out"] == "before\n"


def test_only_the_tail_of_much_output_is_kept(run: Run) -> None:
    out = run(f"for i in range(20000):\n    print(i, 'ä')\n{BAR}")["out"]
    assert out.endswith("19998 ä\n19999 ä\n")
    assert 8000 <= len(out.encode()) <= 8192


def test_a_warning_is_told_once(run: Run) -> None:
    document = run(f"np.log(np.array([-1.0]))\nnp.log(np.array([-2.0]))\n{BAR}")
    assert document["warnings"] == ["invalid value encountered in log"]


def test_news_about_later_versions_are_no_warnings(run: Run) -> None:
    assert run(f"df.sort_values('amount', inplace=True)\n{BAR}")["warnings"] == []


def test_an_assignment_that_does_nothing_is_warned_of(run: Run) -> None:
    (warning,) = run(f"df['amount'][0] = 1\n{BAR}")["warnings"]
    assert "chained assignment" in warning


# ---- one job and the next


def test_old_random_numbers_differ_between_jobs(run: Run) -> None:
    assert run("print(np.random.rand())")["out"] != run("print(np.random.rand())")["out"]


def test_a_table_changed_in_place_is_as_uploaded_in_the_next_job(run: Run) -> None:
    run("df.loc[:, 'amount'] = 0\ndf['region'] = 'x'\ndf.loc[3, 'units'] = 99")
    assert run("print(df['amount'].sum() > 0, df['region'].nunique(), df.loc[3, 'units'])")["out"] == "True 4 9\n"


def test_names_of_one_job_are_not_in_the_next(run: Run) -> None:
    run(f"secret = 1\n{BAR}")
    assert error_of(run("print(secret)"))["rule"] == "NameError"


def test_no_tables_are_fine(run: Run) -> None:
    document = run("fig = px.bar(x=['a'], y=[1])", tables=[])
    assert document["error"] is None
    assert document["columns"] == {}


def test_a_stem_that_would_hide_a_name_is_in_dfs_alone(run: Run) -> None:
    tables = [(stem, f"{stem}.csv", TABLES[1][2]) for stem in ("px", "list", "class", "2024", "revenue")]
    code = "fig = px.bar(dfs['px'], x='product', y='revenue', title=str(list((1,))) + str(len(revenue)))"
    document = run(code, tables)
    assert document["error"] is None


def test_an_older_frequency_is_read_as_the_new_one_and_said(run: Run) -> None:
    old, new = (run(f"fig = px.line(df.resample('{f}', on='date')['amount'].sum())") for f in ("M", "ME"))
    assert old["figures"] == new["figures"]
    assert old["notes"] == ["The code's frequency 'M', of older pandas, was read as 'ME'."]
    assert new["notes"] == []


def test_a_frequency_that_never_was_is_refused_as_ever(run: Run) -> None:
    error = run("df.resample('X', on='date')['amount'].sum()")["error"]
    assert error["code"] == "code_raised"
    assert "Invalid frequency: X" in error["message"]
