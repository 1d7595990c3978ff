#include "plot/judge.h"

#include "base/json.h"

#include <ctype.h>

enum { LEGEND_MAX = 60 }; /* a legend of more entries than lines on a desktop screen is not read */

/* What people call a chart, and the Plotly trace types (with the mode of a
 * scatter trace after a colon) that draw it. Only names that leave no doubt. */
static const struct {
	const char *words, *kinds;
} chart_words[] = {
    {"pie chart", "pie sunburst"},
    {"pie graph", "pie sunburst"},
    {"donut chart", "pie"},
    {"doughnut chart", "pie"},
    {"bar chart", "bar histogram"},
    {"bar graph", "bar histogram"},
    {"bar plot", "bar histogram"},
    {"column chart", "bar histogram"},
    {"line chart", "scatter:lines scattergl:lines scatter:area"},
    {"line graph", "scatter:lines scattergl:lines scatter:area"},
    {"line plot", "scatter:lines scattergl:lines scatter:area"},
    {"scatter plot", "scatter:markers scattergl:markers"},
    {"scatter chart", "scatter:markers scattergl:markers"},
    {"scatter graph", "scatter:markers scattergl:markers"},
    {"scatterplot", "scatter:markers scattergl:markers"},
    {"histogram", "histogram bar"},
    {"heatmap", "heatmap histogram2d"},
    {"heat map", "heatmap histogram2d"},
    {"box plot", "box"},
    {"boxplot", "box"},
    {"violin plot", "violin"},
    {"treemap", "treemap"},
    {"sunburst", "sunburst"},
    {"area chart", "scatter:area"},
};

/* The words as whole words, letters compared without case. */
static bool says(slice question, const char *words) {
	slice w = slice_of(words);
	for (size_t i = 0; i + w.n <= question.n; i++) {
		if (!slice_eq_nocase(slice_sub(question, i, w.n), w)) continue;
		bool starts = i == 0 || !isalnum((unsigned char)question.p[i - 1]);
		bool ends =
		    i + w.n == question.n || !isalpha((unsigned char)question.p[i + w.n]) || question.p[i + w.n] == 's';
		if (starts && ends) return true;
	}
	return false;
}

/* True when `kind` ("scatter:lines+markers") is one of the blank-separated list. */
static bool one_of(slice kind, slice list) {
	while (list.n) {
		size_t end = slice_find(list, ' ');
		slice wanted = slice_sub(list, 0, end);
		if (slice_starts(kind, wanted)) return true;
		list = slice_sub(list, end + 1, list.n);
	}
	return false;
}

/* Whether any trace of any figure is one of the kinds; also true when nothing is known. */
static bool drawn(slice facts, const char *kinds) {
	json_iter figures, traces;
	slice key, figure, trace;
	bool known = false;
	if (!json_open(json_get(facts, "kinds"), &figures)) return true;
	while (json_next(&figures, &key, &figure)) {
		if (!json_open(figure, &traces)) continue;
		while (json_next(&traces, &key, &trace)) {
			cleanup_buf buf kind = BUF_INIT(256);
			if (!json_text(trace, &kind)) continue;
			known = true;
			if (one_of(buf_slice(&kind), slice_of(kinds))) return true;
		}
	}
	return !known;
}

static bool unfit(err *e, const char *rule, const char *hint, const char *sentence) {
	err_set(e, ERR_CODE_UNFIT, "%s", sentence);
	err_copy(e->rule, slice_of(rule));
	return err_hint(e, "%s", hint);
}

static bool is_true(slice facts, const char *name) {
	return slice_is(json_get(facts, name), "true");
}

static bool judge_kind(slice question, slice facts, err *e) {
	for (size_t i = 0; i < sizeof chart_words / sizeof *chart_words; i++) {
		if (!says(question, chart_words[i].words)) continue;
		if (drawn(facts, chart_words[i].kinds)) return true; /* of several kinds named, one is enough */
		err_set(e, ERR_CODE_UNFIT, "the question asks for a %s and the code drew another kind of chart",
			chart_words[i].words);
		err_copy(e->rule, SLICE("other_chart"));
		return err_hint(e, "Draw the kind of chart that the question names.");
	}
	return true;
}

bool judge_figures(slice question, const sandbox_result *r, err *e) {
	double legend = 0;
	if (is_true(r->facts, "literal_data"))
		return unfit(e, "typed_in_data", "Take every value from the frames given.",
			     "the code draws numbers typed into it instead of the data of the files");
	if (is_true(r->facts, "sample_data"))
		return unfit(e, "sample_data", "Draw the frames given; leave px.data out.",
			     "the code draws a sample data set of plotly instead of the data of the files");
	if (is_true(r->facts, "random"))
		return unfit(e, "random_data", "Draw the values of the frames, not random numbers.",
			     "the code draws random numbers");
	if (json_double(json_get(r->facts, "legend"), &legend) && legend > LEGEND_MAX)
		return unfit(e, "crowded_legend", "Keep the largest groups and put the rest into one called Other.",
			     "the chart has more legend entries than anyone can read");
	return judge_kind(question, r->facts, e);
}

bool judge_may_show(const err *why) {
	static const char *const rules[] = {"other_chart", "crowded_legend"};
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (strcmp(why->rule, rules[i]) == 0) return true;
	return false;
}
