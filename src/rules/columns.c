/* What columns are good for, from their profiles. */
#include "rules/match.h"

#include "data/words.h"

bool is_number(const column *c) {
	return c->type == COL_INT || c->type == COL_FLOAT || c->type == COL_DURATION;
}

bool is_time(const column *c) {
	return c->type == COL_DATE || c->type == COL_DATETIME;
}

/* "train_number", "invoice no": a number that names a thing; "number_of_rooms" and "room_count" tell how many. */
static bool names_things(const column *c) {
	name_words w;
	name_split(c->name, &w);
	return c->type == COL_INT && w.n > 1 && word_in(w.word[w.n - 1], "number no nr num");
}

bool tells_how_many(const column *c) {
	name_words w;
	name_split(c->name, &w);
	bool first = w.n > 1 && word_in(w.word[0], "number no nr num n total");
	return is_quantity(c) && (first || name_has(&w, "count counts qty quantity"));
}

bool is_quantity(const column *c) {
	if (!is_number(c) || names_things(c)) return false;
	enum column_meaning m = c->profile.meaning;
	return m == MEAN_QUANTITY || m == MEAN_MONEY || m == MEAN_SHARE || m == MEAN_ORDINAL;
}

bool is_sequence(const column *c) {
	if (c->type != COL_TEXT || c->profile.ntop == 0) return false;
	for (size_t i = 0; i < c->profile.ntop; i++) {
		slice s = c->profile.top[i].text;
		unsigned long long year;
		if (s.n < 5 || !slice_to_u64(slice_sub(s, 0, 4), &year) || year < 1500 || year > 2200) return false;
	}
	return true;
}

int label_column(const frame *f) {
	int best = -1;
	double best_worth = 0;
	for (size_t i = 0; i < f->ncols; i++) {
		const column *c = &f->cols[i];
		if (c->type != COL_TEXT || c->profile.meaning == MEAN_FREE_TEXT) continue;
		name_words w;
		name_split(c->name, &w);
		double worth = c->profile.unique ? 1 : f->rows ? (double)c->profile.distinct / (double)f->rows : 0;
		if (name_has(&w, "name title")) worth += w.n == 1 ? 2 : 1.5;
		if (name_has(&w, "first fname middle")) worth -= 0.5;
		if (worth > best_worth) best_worth = worth, best = (int)i;
	}
	return best_worth >= 0.9 ? best : -1;
}

int time_column(const frame *f) {
	int best = -1, best_worth = 0;
	for (size_t i = 0; i < f->ncols; i++) {
		const column *c = &f->cols[i];
		int worth = is_time(c)                         ? 4
			    : c->profile.meaning == MEAN_YEAR  ? 3
			    : c->profile.meaning == MEAN_MONTH ? 1
							       : 0;
		if (c->profile.constant) worth -= 2;
		if (worth > best_worth) best_worth = worth, best = (int)i;
	}
	return best;
}

size_t year_columns(const frame *f) {
	size_t n = 0;
	for (size_t i = 0; i < f->ncols; i++) {
		unsigned long long year;
		bool named =
		    f->cols[i].name.n == 4 && slice_to_u64(f->cols[i].name, &year) && year >= 1500 && year <= 2200;
		n += named && is_number(&f->cols[i]);
	}
	return n;
}

int quantity_column(const frame *f, size_t n) {
	for (size_t i = 0; i < f->ncols; i++)
		if (is_quantity(&f->cols[i]) && !f->cols[i].profile.constant && n-- == 0) return (int)i;
	return -1;
}

bool adds_up(const column *c) {
	static const char LEVELS[] =
	    "price rate rating score age temperature temp percent percentage pct share ratio expectancy "
	    "average avg mean median index grade gpa height weight speed density bmi mpg year "
	    "latitude longitude pressure humidity level degree efficiency satisfaction rank percap "
	    "capita length width depth cap life lifeexp";
	name_words w;
	name_split(c->name, &w);
	if (c->profile.meaning == MEAN_SHARE || c->profile.meaning == MEAN_LATITUDE ||
	    c->profile.meaning == MEAN_LONGITUDE)
		return false;
	return !name_has(&w, LEVELS);
}
