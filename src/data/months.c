#include "data/months.h"

/* English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian, Turkish, Czech, Finnish, Swedish,
 * Danish and Norwegian, as they stand in dates. */
static const char *const NAMES[12] = {
    "january|januar|janvier|enero|gennaio|janeiro|januari|stycznia|styczeń|января|январь|ocak|ledna|"
    "jänner|tammikuuta|jan|janv|ene|gen|jän|sty|янв|oca",
    "february|februar|février|fevrier|febrero|febbraio|fevereiro|februari|lutego|luty|февраля|февраль|"
    "şubat|února|feber|helmikuuta|feb|févr|fév|fev|lut|фев|şub",
    "march|märz|maerz|mars|marzo|março|marco|maart|marca|marzec|марта|март|mart|března|marts|maaliskuuta|"
    "mrz|mär|mar|mrt|мар",
    "april|avril|abril|aprile|kwietnia|kwiecień|апреля|апрель|nisan|dubna|huhtikuuta|apr|avr|abr|kwi|апр|"
    "nis",
    "may|mayo|maggio|maio|mei|maja|mai|мая|май|mayıs|května|toukokuuta|maj|mag",
    "june|juni|juin|junio|giugno|junho|czerwca|czerwiec|июня|июнь|haziran|června|kesäkuuta|jun|giu|cze|"
    "июн|haz",
    "july|juli|juillet|julio|luglio|julho|lipca|lipiec|июля|июль|temmuz|července|heinäkuuta|jul|juil|lug|"
    "lip|июл|tem",
    "august|août|aout|agosto|augustus|augusti|sierpnia|sierpień|августа|август|ağustos|srpna|elokuuta|"
    "aug|ago|sie|авг|ağu",
    "september|septembre|septiembre|setiembre|settembre|setembro|września|wrzesień|сентября|сентябрь|"
    "eylül|září|syyskuuta|sept|sep|set|wrz|сен|сент|eyl",
    "october|oktober|octobre|octubre|ottobre|outubro|października|październik|октября|октябрь|ekim|října|"
    "lokakuuta|oct|okt|ott|out|paź|окт|eki",
    "november|novembre|noviembre|novembro|listopada|listopad|ноября|ноябрь|kasım|listopadu|marraskuuta|"
    "nov|lis|ноя|kas",
    "december|dezember|décembre|decembre|diciembre|dicembre|dezembro|grudnia|grudzień|декабря|декабрь|"
    "aralık|prosince|joulukuuta|desember|dec|dez|déc|dic|gru|des|дек|ara",
};

/* Without mar, which is March in more files than mardi or martes. */
static const char WEEKDAYS[] =
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|"
    "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|mo|di|mi|do|fr|sa|so|"
    "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mer|jeu|ven|sam|dim|"
    "lunes|martes|miércoles|jueves|viernes|sábado|domingo|mié|jue|vie|sáb|dom|"
    "lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|gio|sab|"
    "segunda-feira|terça-feira|quarta-feira|quinta-feira|sexta-feira|seg|ter|qua|qui|sex|"
    "maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|ma|wo|vr|za|zo|"
    "понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|пн|вт|ср|чт|пт|сб|вс";

static bool is_letter(char c) {
	return ((c | 32) >= 'a' && (c | 32) <= 'z') || (unsigned char)c >= 0x80;
}

/* Bytes of the longest word of the list (split by |) that s starts with and that ends there. */
static size_t word_of(slice s, const char *list) {
	size_t best = 0;
	while (*list) {
		size_t n = strcspn(list, "|");
		bool may_fit = n <= s.n && n > best && ((list[0] & 0x80) || (list[0] | 32) == (s.p[0] | 32));
		bool fits = may_fit && slice_eq_folded(slice_sub(s, 0, n), (slice){list, n});
		if (fits && (n == s.n || !is_letter(s.p[n]) || s.p[n] == (char)0xe5 || s.p[n] == (char)0xe6)) best = n;
		list += n + (list[n] == '|');
	}
	return best;
}

unsigned month_named(slice s, size_t *bytes) {
	if (!s.n || !is_letter(s.p[0])) return 0;
	for (unsigned m = 0; m < 12; m++) {
		size_t n = word_of(s, NAMES[m]);
		if (!n) continue;
		*bytes = n + (n < s.n && s.p[n] == '.');
		return m + 1;
	}
	return 0;
}

size_t weekday_at(slice s) {
	if (!s.n || !is_letter(s.p[0])) return 0;
	return word_of(s, WEEKDAYS);
}
