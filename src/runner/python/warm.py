"""What the zygote imports and runs once, so that a job imports nothing and finds plotly's and pandas'
caches filled. tests/policy/test_warm.py holds the lists against what jobs do."""

from __future__ import annotations

import datetime
import functools
import importlib
import pkgutil
import sys
import types
from typing import Any

import plotly.graph_objs
import pyarrow as pa
from plotly import basedatatypes
from plotly.validator_cache import ValidatorCache

_MODULES = """
    numpy.polynomial numpy.random
    pandas.core.arrays.arrow.extension_types pandas.core.methods.describe pandas.core.methods.selectn
    pandas.core.methods.to_dict pandas.core.reshape.encoding pandas.core.reshape.melt pandas.core.reshape.merge
    pandas.core.reshape.pivot pandas.core.reshape.reshape pandas.core.reshape.tile pandas.core.computation.eval
    pandas.io.formats.csvs pandas.io.formats.format pandas.io.formats.html pandas.io.formats.info
    pandas.io.formats.string pandas.io.json._normalize pandas.tseries.holiday pandas.plotting._core
    plotly.express.data plotly.figure_factory plotly.io._html plotly.io._json plotly.io._utils plotly.io.json
    plotly.colors plotly.data plotly.tools
    pyarrow.compute
""".split()
# Machine code: a job cannot load any (seccomp.c), not even the first one.
_COMPILED = ("numpy.fft", "pyarrow.acero")
# The traces whose parts (marker, line, colorbar, …) are imported too; of the others only the trace itself.
_TRACES = frozenset(
    """layout bar scatter scattergl pie histogram box violin heatmap candlestick ohlc treemap sunburst icicle table
    indicator sankey waterfall funnel funnelarea scatter3d surface scatterpolar barpolar choropleth scattergeo
    histogram2d contour histogram2dcontour splom parcoords parcats image""".split()
)
_RARE = frozenset(
    """stream selected unselected legendgrouptitle figurewidget newshape newselection activeshape activeselection
    selection smith ternary map grid transition""".split()
)


def import_compiled() -> None:
    # acero does without pyarrow.dataset, which would bring clients of cloud stores into every job.
    sys.modules.setdefault("pyarrow.dataset", None)  # type: ignore[arg-type]
    for name in _COMPILED:
        importlib.import_module(name)


def import_all() -> None:
    for name in _MODULES:
        importlib.import_module(name)
    for found in pkgutil.walk_packages(plotly.graph_objs.__path__, "plotly.graph_objs."):
        parts = [p.lstrip("_") for p in found.name.split(".")[2:]]
        if _RARE.isdisjoint(parts) and (len(parts) == 1 or parts[0] in _TRACES):
            _settle(importlib.import_module(found.name))


def _settle(module: types.ModuleType) -> None:
    """Puts a module's class into its package, which would look it up through __getattr__ each time."""
    package = sys.modules[module.__name__.rpartition(".")[0]]
    for name, value in list(vars(module).items()):
        if isinstance(value, type) and value.__module__ == module.__name__:
            setattr(package, name, value)


def quicken() -> None:
    """Remembers what plotly works out again for every property of every figure: how a path such as
    `xaxis_title_font` splits (a fifth of the time of a px figure), and which validator a property has."""
    paths = functools.lru_cache(maxsize=8192)(basedatatypes._str_to_dict_path_full)
    split = basedatatypes._str_to_dict_path_full
    basedatatypes._str_to_dict_path_full = lambda path: paths(path) if type(path) is str else split(path)
    known = ValidatorCache._cache

    def validator_of(self: Any, prop: str) -> Any:
        found = known.get((self._path_str, prop))
        return ValidatorCache.get_validator(self._path_str, prop) if found is None else found

    basedatatypes.BasePlotlyType._get_validator = validator_of


def table() -> pa.RecordBatch:
    """A table with a column of every type."""
    n = 24
    start = datetime.datetime(2024, 1, 1)
    return pa.record_batch(
        {
            "day": pa.array([start + datetime.timedelta(days=9 * i) for i in range(n)], pa.timestamp("us")),
            "region": pa.array(["north", "south", "east"] * 8, pa.large_utf8()),
            "amount": pa.array([float(i % 7) + 1 for i in range(n)], pa.float64()),
            "units": pa.array([None if i == 5 else i % 5 + 1 for i in range(n)], pa.int64()),
            "size": pa.array(list(range(1, n + 1)), pa.int64()),
            "open": pa.array([i % 2 == 0 for i in range(n)], pa.bool_()),
            "took": pa.array([i * 10**9 for i in range(n)], pa.duration("us")),
        }
    )


# One of each common kind of figure and of pandas' work, through the same door as a job. Nothing that
# starts a thread: no first, min or max of text by group, which pandas hands to pyarrow's pool.
SAMPLES = (
    "d = df.groupby('region', as_index=False).agg(total=('amount', 'sum'), first=('open', 'first'))\n"
    "fig = px.bar(d, x='region', y='total', color='region', text_auto=True, title='t', labels={'total': 'T'})\n"
    "fig.update_layout(xaxis_title='a', yaxis_title='b', barmode='group', legend_title_text='c', bargap=.2,\n"
    "    hovermode='x unified', legend=dict(orientation='h', y=1.1), margin=dict(t=30), title=dict(x=0.5))\n"
    "fig.update_traces(marker_line_width=1, hovertemplate='%{x}', textposition='outside')\n"
    "fig.update_xaxes(tickangle=45, categoryorder='total descending')\nfig.update_yaxes(tickformat=',.0f')",
    "d = df.set_index('day')['amount'].resample('ME').sum().reset_index().sort_values('day')\n"
    "d['change'] = d['amount'].rolling(2, min_periods=1).mean()\n"
    "fig = px.line(d, x='day', y=['amount', 'change'], markers=True)\n"
    "fig.add_vline(x='2024-02-01', line_dash='dash')\nfig.add_hline(y=3, annotation_text='m')\n"
    "fig.add_annotation(x=1, y=1, text='t', showarrow=False)\nfig.add_vrect(x0='2024-02-01', x1='2024-03-01')\n"
    "fig.update_xaxes(rangeslider_visible=True, dtick='M1', tickformat='%b %Y')",
    "d = df.dropna().merge(df[['region', 'size']], on='region').query('amount > 2').head(20)\n"
    "fig = px.scatter(d, x='amount', y='size_x', color='units', size='size_y', hover_data=['day'], facet_col='open',\n"
    "    hover_name='region', log_x=True, trendline='ols')",
    "df['month'] = df['day'].dt.strftime('%Y-%m')\ndf['band'] = pd.cut(df['amount'], [0, 2, 5, 9]).astype(str)\n"
    "p = df.pivot_table(index='region', columns='band', values='amount', aggfunc='mean', fill_value=0)\n"
    "figs = {'a': px.imshow(p, text_auto=True), 'b': px.histogram(df, x='amount', color='region', marginal='box'),\n"
    "    'c': px.box(df, x='region', y='amount', points='all'), 'd': px.pie(df, names='region', values='amount'),\n"
    "    'e': px.area(df, x='day', y='amount', color='region'), 'f': px.violin(df, y='amount', box=True),\n"
    "    'g': px.treemap(names=['a', 'b'], parents=['', 'a'], values=[1, 2])}",
    "m = df.melt(id_vars=['day', 'region'], value_vars=['amount', 'size'])\n"
    "t = pd.concat([m, m]).groupby(['region', 'variable'])['value'].sum().unstack(fill_value=0)\n"
    "fig = make_subplots(rows=2, cols=2, subplot_titles=['a', 'b', 'c', 'd'],\n"
    "    specs=[[{'secondary_y': True}, {'type': 'domain'}], [{}, {}]])\n"
    "for c in t.columns:\n    fig.add_trace(go.Bar(x=t.index, y=t[c], name=c), row=1, col=1)\n"
    "fig.add_trace(go.Scatter(x=df['day'], y=df['amount'], mode='lines', line=dict(width=2)), 1, 1, secondary_y=True)\n"
    "fig.add_trace(go.Pie(labels=df['region'], values=df['amount'], hole=.3), row=1, col=2)\n"
    "fig.add_trace(go.Heatmap(z=t.values, x=t.columns, y=t.index, colorscale='Viridis'), row=2, col=1)\n"
    "fig.add_trace(go.Histogram(x=df['amount']), row=2, col=2)\n"
    "fig.update_layout(height=600, showlegend=False, barmode='stack')\nprint(df.describe())",
    "fig = go.Figure(go.Table(header=dict(values=list(df.columns)), cells=dict(values=[df[c] for c in df])))",
)
