/* What a column means, from its type, its name and its values. The name
 * proposes, the values decide: "year" with 3,000,000 in it is a quantity. */
#include "data/profile_scan.h"

#include "data/months.h"
#include "data/words.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

static const char *const NAMES[] = {
    [MEAN_NONE] = "none",         [MEAN_TIME] = "time",           [MEAN_YEAR] = "year",
    [MEAN_QUARTER] = "quarter",   [MEAN_MONTH] = "month",         [MEAN_WEEKDAY] = "weekday",
    [MEAN_HOUR] = "hour",         [MEAN_CATEGORY] = "category",   [MEAN_ID] = "identifier",
    [MEAN_QUANTITY] = "quantity", [MEAN_MONEY] = "money",         [MEAN_SHARE] = "share",
    [MEAN_LATITUDE] = "latitude", [MEAN_LONGITUDE] = "longitude", [MEAN_COUNTRY] = "country",
    [MEAN_STATE] = "state",       [MEAN_ORDINAL] = "ordinal",     [MEAN_FREE_TEXT] = "free text"};

const char *meaning_name(enum column_meaning m) {
	return (size_t)m < sizeof NAMES / sizeof *NAMES ? NAMES[m] : "none";
}

/* Numbers by name and range, tried in order. */
typedef struct number_rule {
	const char *names;
	double least, most;
	bool whole; /* integers only */
	enum column_meaning meaning;
} number_rule;

static const number_rule NUMBER_RULES[] = {
    {"year years yr yyyy jahr année annee año ano anno jaar rok season date founded built opened established birth "
     "born",
     1000, 2500, true, MEAN_YEAR},
    {"latitude lat", -90, 90, false, MEAN_LATITUDE},
    {"longitude lon lng long", -180, 180, false, MEAN_LONGITUDE},
    {"id ids uuid guid key zip zipcode postcode postal plz postleitzahl cep phone telefon tel téléphone telefono "
     "telephone fax isbn ssn ean sku barcode serial",
     -INFINITY, INFINITY, true, MEAN_ID},
    {"quarter qtr quartal trimestre kwartaal", 1, 4, true, MEAN_QUARTER},
    {"month mon months monat mois mes mês mese maand", 1, 12, true, MEAN_MONTH},
    {"weekday dow wochentag", 0, 7, true, MEAN_WEEKDAY},
    {"hour hr stunde heure hora ora uur", 0, 24, true, MEAN_HOUR},
    {"price cost costs salary salaries revenue income amount budget sales wage pay payment payments fee fees charge "
     "charges turnover profit money gdp expenses expense spend spending earnings balance rent rental tip bill dollars "
     "usd eur gbp euro euros preis umsatz betrag kosten gehalt lohn einkommen gewinn miete prix montant coût chiffre "
     "salaire revenu loyer precio importe ingresos ventas coste salario sueldo prezzo importo ricavi stipendio preço "
     "receita vendas salário prijs bedrag omzet cena",
     -INFINITY, INFINITY, false, MEAN_MONEY},
    {"percent percentage pct share ratio proportion fraction prozent anteil pourcentage taux porcentaje "
     "percentuale percentual",
     -100, 100, false, MEAN_SHARE},
    {"rating stars grade rank ranking level tier likert", 0, 10, true, MEAN_ORDINAL},
    {"code class category type kind group cluster zone number no num nr section floor room gate lane seat episode "
     "chapter ward",
     -INFINITY, INFINITY, true, MEAN_CATEGORY},
};

static const char QUARTERS[] = "q1 q2 q3 q4 1q 2q 3q 4q";
static const char ORDINALS[] = "low medium high small large tiny huge xs s m l xl xxl never rarely sometimes often "
			       "always poor fair good excellent bad average minor major critical lowest highest "
			       "beginner intermediate advanced none mild moderate severe very low very high "
			       "strongly agree somewhat agree neutral disagree somewhat disagree strongly disagree "
			       "very satisfied satisfied neutral dissatisfied very dissatisfied "
			       "niedrig mittel hoch klein groß faible moyen élevé bajo medio alto basso baixo médio";

static bool in_words(slice s, const char *words) {
	char word[24] = "";
	if (!s.n || s.n >= sizeof word) return false;
	for (size_t k = 0; k < s.n; k++) word[k] = (char)tolower((unsigned char)s.p[k]);
	return word_in(word, words);
}

static bool is_month(slice s) {
	size_t bytes;
	return month_named(s, &bytes) && bytes == s.n;
}

static bool is_weekday(slice s) {
	return s.n && (weekday_at(s) == s.n || slice_eq_nocase(s, SLICE("mar")));
}

static bool is_quarter(slice s) {
	return in_words(s, QUARTERS);
}

static size_t digits_at(slice s) {
	size_t n = 0;
	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9') n++;
	return n;
}

/* 18-24, 25–34, 35 to 44, 65+, <18: of ages, incomes, sizes. */
static bool is_range(slice s) {
	static const char *const MARKS[] = {"-", "–", "to"};
	unsigned long long low, high;
	bool open = s.n > 1 && (s.p[0] == '<' || s.p[0] == '>' || s.p[s.n - 1] == '+');
	if (open) return digits_at(s.p[s.n - 1] == '+' ? s : slice_sub(s, 1, s.n)) == s.n - 1;
	size_t n = digits_at(s);
	slice rest = slice_trim(slice_sub(s, n, s.n));
	for (size_t i = 0; n && i < sizeof MARKS / sizeof *MARKS; i++) {
		if (!slice_starts(rest, slice_of(MARKS[i]))) continue;
		slice end = slice_trim(slice_sub(rest, strlen(MARKS[i]), rest.n));
		return slice_to_u64(slice_sub(s, 0, n), &low) && slice_to_u64(end, &high) && low < high;
	}
	return false;
}

static bool is_ordinal(slice s) {
	return in_words(s, ORDINALS);
}

/* What a text column's values must all be, and the fewest different ones. */
typedef struct value_rule {
	bool (*is)(slice value);
	uint64_t least;
	enum column_meaning meaning;
} value_rule;

static const value_rule VALUE_RULES[] = {{is_month, 3, MEAN_MONTH},
					 {is_weekday, 3, MEAN_WEEKDAY},
					 {is_quarter, 2, MEAN_QUARTER},
					 {is_ordinal, 2, MEAN_ORDINAL},
					 {is_range, 3, MEAN_ORDINAL}};

static bool tops_are(const column_profile *p, bool (*is)(slice)) {
	for (size_t i = 0; i < p->ntop; i++)
		if (!is(slice_trim(p->top[i].text))) return false;
	return p->ntop > 0;
}

static enum column_meaning text_meaning(const frame *f, const column *col, const name_words *names) {
	const column_profile *p = &col->profile;
	uint64_t there = f->rows - col->nulls;
	for (size_t i = 0; p->distinct <= FEW_CODES && i < sizeof VALUE_RULES / sizeof *VALUE_RULES; i++)
		if (p->distinct >= VALUE_RULES[i].least && tops_are(p, VALUE_RULES[i].is))
			return VALUE_RULES[i].meaning;
	if (name_has(names, "country countries nation nations iso2 iso3 pays país pais paese")) return MEAN_COUNTRY;
	if (names->n == 1 && name_has(names, "land")) return MEAN_COUNTRY; /* in English a part of other names */
	if (name_has(names, "state states province bundesland kanton estado provincia")) return MEAN_STATE;
	if (p->has_numbers && p->mean > 60 && p->distinct > 20) return MEAN_FREE_TEXT;
	if (name_has(names, "id ids uuid guid key isbn ssn phone telephone email fax zip postcode url")) return MEAN_ID;
	if (p->unique && there > 2) return MEAN_ID;
	if (p->distinct > 50 && p->distinct * 10 > there * 9) return MEAN_ID;
	return MEAN_CATEGORY;
}

static bool in_range(const column_profile *p, const number_rule *r) {
	return p->has_numbers && p->min >= r->least && p->max <= r->most;
}

static bool money_unit(const char *unit) {
	static const char *const SIGNS[] = {"$", "€", "£", "¥", "₹", "USD", "EUR", "GBP", "CHF", "kr"};
	for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++)
		if (strstr(unit, SIGNS[i])) return true;
	return false;
}

static enum column_meaning number_meaning(const frame *f, const column *col, const name_words *names) {
	const column_profile *p = &col->profile;
	if (strchr(p->unit_text, '%')) return MEAN_SHARE;
	if (money_unit(p->unit_text)) return MEAN_MONEY;
	for (size_t i = 0; i < sizeof NUMBER_RULES / sizeof *NUMBER_RULES; i++) {
		const number_rule *r = &NUMBER_RULES[i];
		if ((r->whole && col->type != COL_INT) || !in_range(p, r) || !name_has(names, r->names)) continue;
		if (r->meaning == MEAN_CATEGORY && !word_in(names->word[names->n - 1], r->names)) continue;
		if (r->meaning == MEAN_CATEGORY && p->unique && f->rows > 12) return MEAN_ID;
		if (r->meaning == MEAN_CATEGORY && p->distinct > FEW_CODES) continue;
		return r->meaning;
	}
	bool counter = col->type == COL_INT && p->unique && p->sorted == 1 && p->max - p->min + 1 == (double)f->rows;
	return counter && f->rows > 3 && col == f->cols ? MEAN_ID : MEAN_QUANTITY;
}

void profile_meaning(const frame *f, column *col) {
	name_words names;
	name_split(col->name, &names);
	column_profile *p = &col->profile;
	p->unit = UNIT_NONE;
	switch (col->type) {
	case COL_DATE:
	case COL_DATETIME:
		p->meaning = MEAN_TIME;
		p->unit = scan_time_unit(f, col);
		break;
	case COL_TEXT: p->meaning = text_meaning(f, col, &names); break;
	case COL_BOOL: p->meaning = MEAN_CATEGORY; break;
	case COL_DURATION: p->meaning = MEAN_QUANTITY; break;
	default: p->meaning = number_meaning(f, col, &names);
	}
}
